"""A page in a test: what it shows, and what a person does with it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponseBase
from django.test import AsyncClient

from ..live.token import read as read_token
from . import gestures
from .address import MARKER_ATTRIBUTES
from .conversation import Conversation
from .document import Node, source_of, text_of
from .failures import MissingPatch, PageClosed, PageNotOpened, UnexpectedPatch
from .fields import CHECKED_TYPES, Pair, kind_of
from .finding import Query, Text, describe, view_of
from .gestures import Done, Event, Gestures, Value
from .history import Visit
from .live_test import LiveTest
from .patch import Patch


@dataclass(frozen=True, slots=True)
class Loaded:
    """A page as HTTP gave it; ``scope`` is of the websocket that a browser would open from it."""

    url: str
    response: HttpResponseBase
    html: str
    scope: Mapping[str, Any]


Load = Callable[[str], Awaitable[Loaded]]


class LivePage:
    """
    One tab. Made by ``live_client.get(path)``; joined, and alive until the test ends.

    Elements are looked for by a CSS ``selector``, by the ``text`` that a person reads in them, by ``role`` and accessible
    ``name``; what is given must all hold, and exactly one element must be left. Texts are compared whole, with single
    spaces; a compiled pattern is searched for.

    What a person does comes in two forms, ``click()`` for plain tests and ``await aclick()`` for async ones. Both return
    when the server has answered and every page of the test shows what was committed. They raise what
    :mod:`liveex_django.testing.failures` lists.

    Attributes:
        response: The HTTP response that brought the page; after ``lx-trigger-action`` the one that took its place.
    """

    def __init__(self, test: LiveTest, loaded: Loaded, load: Load, http: AsyncClient) -> None:
        self.response = loaded.response
        self._load = load
        self._http = http
        self._test = test
        self._conversation = Conversation(test, loaded.html, loaded.scope, loaded.url)
        self._gestures = Gestures(self._conversation.fields)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    # What a person does

    def click(
        self,
        selector: str | None = None,
        *,
        text: Text | None = None,
        role: str | None = None,
        name: Text | None = None,
    ) -> None:
        """
        Click an element: one with ``lx-click`` or inside of one, a button that sends a form, a box, a label, a link with
        ``lx-patch`` or ``lx-navigate``, which is followed.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: There is nothing to click.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        query = Query(selector, text, role, name)
        self._test.call(lambda: self._do(query, self._gestures.click), "click")

    async def aclick(
        self,
        selector: str | None = None,
        *,
        text: Text | None = None,
        role: str | None = None,
        name: Text | None = None,
    ) -> None:
        """As :meth:`click`."""
        query = Query(selector, text, role, name)
        await self._test.acall(lambda: self._do(query, self._gestures.click))

    def change(
        self,
        selector: str | None = None,
        value: Value | None = None,
        *,
        role: str | None = None,
        name: Text | None = None,
    ) -> None:
        """
        Put ``value`` into a field: a text, True or False for a box, the value or text of an option, a list of them for a
        ``<select multiple>``.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: It cannot be put there.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        query, given = Query(selector, None, role, name), _given(value)
        self._test.call(lambda: self._do(query, lambda field: self._gestures.change(field, given)), "change")

    async def achange(
        self,
        selector: str | None = None,
        value: Value | None = None,
        *,
        role: str | None = None,
        name: Text | None = None,
    ) -> None:
        """As :meth:`change`."""
        query, given = Query(selector, None, role, name), _given(value)
        await self._test.acall(lambda: self._do(query, lambda field: self._gestures.change(field, given)))

    def submit(self, selector: str = "form", values: Mapping[str, Value] | None = None) -> None:
        """
        Fill fields of a form, by their names, and press Enter in it.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: It cannot be sent.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        given = dict(values or {})
        self._test.call(lambda: self._do(Query(selector), lambda form: self._gestures.submit(form, given)), "submit")

    async def asubmit(self, selector: str = "form", values: Mapping[str, Value] | None = None) -> None:
        """As :meth:`submit`."""
        given = dict(values or {})
        await self._test.acall(lambda: self._do(Query(selector), lambda form: self._gestures.submit(form, given)))

    def key(self, key: str, selector: str) -> None:
        """
        Press a key in an element; ``key`` is as ``event.key`` names it: ``"Enter"``, ``"Escape"``, ``"a"``; with what is
        held meanwhile before it: ``"Control+s"``.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: Nothing would listen.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        self._test.call(lambda: self._do(Query(selector), lambda each: self._gestures.key(each, key)), "key")

    async def akey(self, key: str, selector: str) -> None:
        """As :meth:`key`."""
        await self._test.acall(lambda: self._do(Query(selector), lambda each: self._gestures.key(each, key)))

    def click_away(self, selector: str) -> None:
        """
        Click where nothing is, for an element with ``lx-click-away``.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: Nothing would listen.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        self._test.call(lambda: self._do(Query(selector), self._gestures.click_away), "click_away")

    async def aclick_away(self, selector: str) -> None:
        """As :meth:`click_away`."""
        await self._test.acall(lambda: self._do(Query(selector), self._gestures.click_away))

    def focus(self, selector: str) -> None:
        """
        Bring the focus into an element with ``lx-focus``, or into one inside of it.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: Nothing would listen.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        self._test.call(lambda: self._do(Query(selector), self._gestures.focus), "focus")

    async def afocus(self, selector: str) -> None:
        """As :meth:`focus`."""
        await self._test.acall(lambda: self._do(Query(selector), self._gestures.focus))

    def blur(self, selector: str) -> None:
        """
        Take the focus out of an element with ``lx-blur``.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: Nothing would listen.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        self._test.call(lambda: self._do(Query(selector), self._gestures.blur), "blur")

    async def ablur(self, selector: str) -> None:
        """As :meth:`blur`."""
        await self._test.acall(lambda: self._do(Query(selector), self._gestures.blur))

    def scroll_to(self, selector: str) -> None:
        """
        Bring an element with ``lx-visible`` into view.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: Nothing would listen.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        self._test.call(lambda: self._do(Query(selector), self._gestures.scroll_to), "scroll_to")

    async def ascroll_to(self, selector: str) -> None:
        """As :meth:`scroll_to`."""
        await self._test.acall(lambda: self._do(Query(selector), self._gestures.scroll_to))

    def paste(self, text: str, selector: str) -> None:
        """
        Paste a text in an element with ``lx-paste``; what a field holds stays as it is.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: Nothing would listen.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        self._test.call(lambda: self._do(Query(selector), lambda each: self._gestures.paste(each, text)), "paste")

    async def apaste(self, text: str, selector: str) -> None:
        """As :meth:`paste`."""
        await self._test.acall(lambda: self._do(Query(selector), lambda each: self._gestures.paste(each, text)))

    def window(self, event: str, *, key: str | None = None, text: str | None = None) -> None:
        """
        Let something happen in the window, for all elements with ``lx-window-EVENT``: ``"focus"``, ``"keydown"`` with a
        ``key``, ``"paste"`` with a ``text``.

        Raises:
            ElementNotBound: Nothing would listen.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        self._test.call(lambda: self._do_in_window(event, key, text), "window")

    async def awindow(self, event: str, *, key: str | None = None, text: str | None = None) -> None:
        """As :meth:`window`."""
        await self._test.acall(lambda: self._do_in_window(event, key, text))

    def send_event(
        self, name: str, values: Mapping[str, str] | Iterable[tuple[str, str]] = (), *, view: str = "0"
    ) -> None:
        """
        Send what no element of the page would: for tests of what a hostile browser may try.

        Args:
            view: The id of the live view, or a CSS selector of an element in it.

        Raises:
            ElementNotFound, ElementAmbiguous: There is no such one element.
            EventRejected, EventFailed: The server refused, or met an error.
        """
        self._test.call(lambda: self._send_raw(name, values, view), "send_event")

    async def asend_event(
        self, name: str, values: Mapping[str, str] | Iterable[tuple[str, str]] = (), *, view: str = "0"
    ) -> None:
        """As :meth:`send_event`."""
        await self._test.acall(lambda: self._send_raw(name, values, view))

    async def _send_raw(self, name: str, values: Mapping[str, str] | Iterable[tuple[str, str]], view: str) -> None:
        # No selector begins with a digit, and every id does.
        if view and not view[0].isdigit():
            self._test.take()
            view = view_of(Query(view).one(self._conversation.root, self.url)) or ""
        await self._send([_raw_event(name, values, view)])

    def push_event(self, name: str, values: Mapping[str, Any] | None = None, *, view: str = "0") -> Any:
        """
        Send an event as ``pushEvent`` of a hook does; returns what its handler has returned.

        Raises:
            EventRejected, EventFailed: The server refused, or met an error; or the answer cannot be sent.
        """
        event = gestures.Event(view, name, tuple(gestures.pairs_of(values or {})))
        return self._test.call(lambda: self._ask(event), "push_event")

    async def apush_event(self, name: str, values: Mapping[str, Any] | None = None, *, view: str = "0") -> Any:
        """As :meth:`push_event`."""
        event = gestures.Event(view, name, tuple(gestures.pairs_of(values or {})))
        return await self._test.acall(lambda: self._ask(event))

    async def _ask(self, event: Event) -> Any:
        self._test.forget_patches()
        seq = self._conversation.send_event(event)
        if not self._conversation.is_joined:
            return None
        await self._test.until(lambda: self._conversation.is_answered(seq), f"event {event.name!r} of {self.url}")
        return self._conversation.answers.get(seq)

    async def _do(self, query: Query, gesture: Callable[[Node], Done]) -> None:
        self._test.take()
        await self._send(gesture(query.one(self._conversation.root, self.url)))

    def post(
        self, selector: str = "form", values: Mapping[str, Value] | None = None, *, button: str | None = None
    ) -> HttpResponseBase:
        """
        Fill a form, by the names of its fields, and post it as a browser without JavaScript would; returns what Django's
        test client got. The page stays as it is.

        Args:
            button: CSS of the button to press. Without it, its first.

        Raises:
            ElementNotFound, ElementAmbiguous, ElementDisabled, ElementNotBound: It cannot be posted.
        """
        given = dict(values or {})
        return self._test.call(lambda: self._post_form(Query(selector), given, button), "post")

    async def apost(
        self, selector: str = "form", values: Mapping[str, Value] | None = None, *, button: str | None = None
    ) -> HttpResponseBase:
        """As :meth:`post`."""
        given = dict(values or {})
        return await self._test.acall(lambda: self._post_form(Query(selector), given, button))

    async def _post_form(self, query: Query, values: Mapping[str, Value], button: str | None) -> HttpResponseBase:
        self._test.take()
        root = self._conversation.root
        pressed = Query(button).one(root, self.url) if button is not None else None
        form = query.one(root, self.url)
        return await self._post(form, self._gestures.native_values(form, values, pressed))

    async def _post(self, form: Node, pairs: list[Pair]) -> HttpResponseBase:
        fields: dict[str, list[str]] = {}
        for name, value in pairs:
            fields.setdefault(name, []).append(value)
        return await self._http.post(urljoin(self.url, form.get("action") or self.url), fields)

    async def _do_in_window(self, event: str, key: str | None, text: str | None) -> None:
        self._test.take()
        await self._send(self._gestures.window(self._conversation.root, event, key, text))

    async def _send(self, done: Done) -> None:
        self._test.forget_patches()
        sent = []
        for one in done:
            if isinstance(one, Event):
                sent.append((self._conversation.send_event(one), one.name))
            elif one.is_patch and self._conversation.history.is_patch(self._conversation.history.resolve(one.url)):
                sent.append((self._conversation.send_params(one), one.url))
            else:
                await self._visit(one)
        if not self._conversation.is_joined:
            return
        names = ", ".join(repr(name) for _, name in sent)
        await self._test.until(
            lambda: all(map(self._conversation.is_answered, (seq for seq, _ in sent))), f"event {names} of {self.url}"
        )
        if self._conversation.triggered is not None:
            await self._follow(self._conversation.triggered)
        if (leading := self._conversation.leading) is not None:
            self._conversation.leading = None
            await self._visit(Visit(leading, ""))

    async def _follow(self, form: Node) -> None:
        """Post what ``lx-trigger-action`` says; the page is left, as in a browser."""
        self._conversation.triggered = None
        pairs = self._gestures.native_values(form, {})
        await self._conversation.disconnect()
        self.response = await self._post(form, pairs)

    async def _visit(self, visit: Visit) -> None:
        loaded = await self._load(self._conversation.history.resolve(visit.url))
        self.response = loaded.response
        await self._conversation.enter(loaded.html, loaded.scope, loaded.url, visit.how)
        self._gestures = Gestures(self._conversation.fields)

    # Where it is

    @property
    def url(self) -> str:
        """What the address bar shows, without scheme and host."""
        return self._conversation.history.url

    @property
    def title(self) -> str:
        """The title of the page; ``""`` without one."""
        self._test.refresh()
        return " ".join(text_of(title) for title in Query("title").all(self._conversation.root))

    def patch(self, url: str) -> None:
        """
        Follow a link with ``lx-patch``: ``"?page=2"``.

        Raises:
            EventRejected, EventFailed: ``handle_params`` refused, or met an error.
        """
        self._test.call(lambda: self._go(Visit(url, "", is_patch=True)), "patch")

    async def apatch(self, url: str) -> None:
        """As :meth:`patch`."""
        await self._test.acall(lambda: self._go(Visit(url, "", is_patch=True)))

    def navigate(self, url: str) -> None:
        """
        Follow a link with ``lx-navigate``: the same tab shows another live page, over the same connection.

        Raises:
            PageNotOpened: There is no live page, or the server refused the join.
        """
        self._test.call(lambda: self._go(Visit(url, "")), "navigate")

    async def anavigate(self, url: str) -> None:
        """As :meth:`navigate`."""
        await self._test.acall(lambda: self._go(Visit(url, "")))

    def back(self) -> None:
        """
        Go back in the history of the tab.

        Raises:
            PageNotOpened: There is nothing to go back to, or it is gone.
        """
        self._test.call(lambda: self._move(-1), "back")

    async def aback(self) -> None:
        """As :meth:`back`."""
        await self._test.acall(lambda: self._move(-1))

    def forward(self) -> None:
        """As :meth:`back`, in the other direction."""
        self._test.call(lambda: self._move(1), "forward")

    async def aforward(self) -> None:
        """As :meth:`forward`."""
        await self._test.acall(lambda: self._move(1))

    async def _go(self, visit: Visit) -> None:
        self._test.take()
        await self._send([visit])

    async def _move(self, steps: int) -> None:
        history = self._conversation.history
        before = history.url
        url = history.move(steps)
        if url is None:
            raise PageNotOpened(f"The tab of {before} has no such entry in its history.")
        is_patch = urlsplit(url).path == urlsplit(before).path
        await self._go(Visit(url, "", "pop", is_patch))

    # What takes a while

    def settle(self) -> None:
        """
        Wait until what the views have started by ``start_async`` and ``assign_async`` has ended, and the page shows it.

        Raises:
            NoAnswer: Not within the time limit.
        """
        self._test.call(lambda: self._test.finish_async_work(self.url), "settle")

    async def asettle(self) -> None:
        """As :meth:`settle`."""
        await self._test.acall(lambda: self._test.finish_async_work(self.url))

    # The connection

    def disconnect(self) -> None:
        """
        Lose the connection, as when the network goes away. The page stays as it is; events wait for :meth:`reconnect`.
        """
        self._test.call(self._conversation.disconnect, "disconnect")

    async def adisconnect(self) -> None:
        """As :meth:`disconnect`."""
        await self._test.acall(self._conversation.disconnect)

    def reconnect(self) -> None:
        """
        Join again, send what waited, and get what was missed.

        Raises:
            PageNotOpened: The server refused.
        """
        self._test.call(self._reconnect, "reconnect")

    async def areconnect(self) -> None:
        """As :meth:`reconnect`."""
        await self._test.acall(self._reconnect)

    async def _reconnect(self) -> None:
        if self.is_connected:
            raise PageClosed(f"{self.url} is connected. Call disconnect() first.")
        await self._conversation.disconnect()
        await self._conversation.connect()
        await self._test.until(self._conversation.has_all_answers, f"the events that waited on {self.url}")

    @property
    def is_connected(self) -> bool:
        """Whether what the page shows is live."""
        return self._conversation.is_joined

    @property
    def close_code(self) -> int | None:
        """With which code the server closed the page; None when it did not."""
        self._test.refresh()
        return self._conversation.close_code

    @property
    def redirect(self) -> str | None:
        """The URL that the server told the page to load, the last one."""
        self._test.refresh()
        return self._conversation.redirect

    @property
    def messages(self) -> list[tuple[str, str]]:
        """
        What code told the user by ``django.contrib.messages``, the oldest first: the tags, with that of the level, and
        the text.
        """
        self._test.refresh()
        return list(self._conversation.messages)

    @property
    def page_key(self) -> str:
        """The unguessable id of this tab: the key of its stores of scope ``"page"``."""
        return read_token(next(iter(self._conversation.tokens.values()))).page_key

    # What the page shows

    def text(self, selector: str | None = None, *, role: str | None = None, name: Text | None = None) -> str:
        """What a person reads in one element, with single spaces; without any argument, on the whole page."""
        is_whole = selector is None and role is None and name is None
        return text_of(self._one(Query("body" if is_whole else selector, None, role, name)))

    def texts(self, selector: str) -> list[str]:
        """What a person reads in every such element; ``[]`` when there is none."""
        return [text_of(element) for element in self._all(Query(selector))]

    def has(
        self,
        selector: str | None = None,
        *,
        text: Text | None = None,
        role: str | None = None,
        name: Text | None = None,
    ) -> bool:
        """Whether there is such an element, one or several."""
        return bool(self._all(Query(selector, text, role, name)))

    def count(self, selector: str | None = None, *, text: Text | None = None, role: str | None = None) -> int:
        """How many such elements there are."""
        return len(self._all(Query(selector, text, role)))

    def attributes(self, selector: str) -> dict[str, str]:
        """The attributes of one element, without those that the wire format adds."""
        found = self._one(Query(selector)).attrib.items()
        return {name: value for name, value in found if name not in MARKER_ATTRIBUTES}

    def attribute(self, selector: str, name: str) -> str | None:
        """One attribute of one element; None when it has not got it, ``""`` for one without a value."""
        return self.attributes(selector).get(name)

    def value(
        self, selector: str | None = None, *, role: str | None = None, name: Text | None = None
    ) -> str | bool | list[str]:
        """
        What a field shows: a text, True or False for a box, the value of the chosen option, a list of them for a ``<select
        multiple>``.
        """
        field = self._one(Query(selector, None, role, name))
        fields = self._conversation.fields
        if field.tag == "input" and kind_of(field) in CHECKED_TYPES:
            return fields.is_checked(field)
        if field.tag == "select" and field.get("multiple") is not None:
            return fields.chosen_values(field)
        return fields.value(field)

    def table(self, selector: str = "table") -> list[list[str]]:
        """The texts of a table's cells, row by row, headers included; cells that span several stand once."""
        table = self._one(Query(selector))
        return [[text_of(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]

    def html(self, selector: str = "body") -> str:
        """The HTML of one element as the template has made it, without the markers of the wire format."""
        return source_of(self._one(Query(selector)), is_marker_attribute=MARKER_ATTRIBUTES.__contains__)

    def _one(self, query: Query) -> Node:
        self._test.refresh()
        return query.one(self._conversation.root, self.url)

    def _all(self, query: Query) -> list[Node]:
        self._test.refresh()
        return query.all(self._conversation.root)

    # What the server sent

    @property
    def events(self) -> list[tuple[str, Any]]:
        """Name and detail of each ``push_event`` that has arrived, oldest first."""
        self._test.refresh()
        return list(self._conversation.pushed_events)

    @property
    def commands(self) -> list[tuple[str, dict[str, Any]]]:
        """Name and options of each command that ``push_commands`` has brought, oldest first."""
        self._test.refresh()
        return list(self._conversation.pushed_commands)

    @property
    def last_patch(self) -> Patch:
        """What changed the page since the test last clicked, changed, sent or pressed something on any page."""
        self._test.refresh()
        return self._conversation.patch

    def assert_patched(self, selector: str | None = None) -> None:
        """
        The page was changed since the test last did something; with a ``selector``, in that element.

        Raises:
            MissingPatch: It was not.
        """
        patch = self.last_patch
        if not patch:
            raise MissingPatch(f"{self.url} got no patch since the last thing the test did.")
        if selector is not None and not patch._touches(element := self._one(Query(selector))):
            raise MissingPatch(
                f"{self.url} was patched, but not in {describe(element)}: only in the slots {', '.join(patch.slots)}."
            )

    def assert_no_patch(self) -> None:
        """
        The page was not changed since the test last did something.

        Raises:
            UnexpectedPatch: It was.
        """
        patch = self.last_patch
        if patch:
            raise UnexpectedPatch(
                f"{self.url} was patched in the slots {', '.join(patch.slots)} ({patch.bytes} bytes): {patch.frames}"
            )


def _given(value: Value | None) -> Value:
    if value is None:
        raise TypeError('change() needs the value to put into the field: change("#title", "Milk"); "" empties it.')
    return value


def _raw_event(name: str, values: Mapping[str, str] | Iterable[tuple[str, str]], view: str) -> Event:
    pairs = values.items() if isinstance(values, Mapping) else values
    return gestures.Event(view, name, tuple((key, str(value)) for key, value in pairs))
