"""
``django.contrib.messages`` on a live page: what code adds to ``self.request`` is shown at once.

Messages of an event leave in the frame with its answer and are part of its recorded outcome, so an event that is sent
again because the answer was lost brings them again. Those that are added elsewhere leave in the page's next frame.

What an HTTP view has added before is in the cookie or the session, and stays there for the next template that shows it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.contrib.messages.storage.base import BaseStorage, Message
from django.http import HttpRequest, HttpResponse

# As the wire has it: the message's tags, with that of its level, and its text.
Told = tuple[str, str]


class LiveStorage(BaseStorage):
    """Instead of the project's own storage on the request of a page's websocket: it has no response to leave in."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self._queued_messages: list[Message] = []
        #: Called after each message that is added.
        self.added: Callable[[], object] = lambda: None

    def _get(self, *args: Any, **kwargs: Any) -> tuple[list[Message], bool]:
        return [], True

    def _store(self, messages: Sequence[Message], response: HttpResponse, *args: Any, **kwargs: Any) -> list[Message]:
        return []

    def __iter__(self) -> Iterator[Message]:
        """None for a template: a message is shown once, and where messages are shown."""
        return iter(())

    def __len__(self) -> int:
        return 0

    def take(self) -> tuple[Told, ...]:
        """What was added since the last call."""
        # A thread may be adding one: what is not taken now is taken by the next call.
        taken = list(self._queued_messages)
        del self._queued_messages[: len(taken)]
        return tuple((message.tags, message.message) for message in taken)

    def add(self, level: int, message: str, extra_tags: str | None = "") -> None:
        # Made to text here, in the language of the page, so that a text that cannot be made is a mistake of who adds it.
        super().add(level, str(message), str(extra_tags or ""))
        self.added()


def prepare(request: HttpRequest) -> None:
    """Let code add messages to a request that no middleware prepares. What waits in it stays."""
    if not isinstance(getattr(request, "_messages", None), LiveStorage):
        request._messages = LiveStorage(request)  # type: ignore[attr-defined]


def when_added(request: HttpRequest, call: Callable[[], object]) -> None:
    """Have ``call`` called after each message; in whatever thread it is added."""
    storage = getattr(request, "_messages", None)
    if isinstance(storage, LiveStorage):
        storage.added = call


def take(request: HttpRequest) -> tuple[Told, ...]:
    """The messages that were added since the last call."""
    storage = getattr(request, "_messages", None)
    return storage.take() if isinstance(storage, LiveStorage) else ()
