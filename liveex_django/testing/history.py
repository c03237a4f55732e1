"""Where a tab has been: its URL, and what back and forward lead to. ``client/navigation.js`` is the other one."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

# What becomes of the history; "pop": the tab has gone to the entry already.
How = Literal["push", "replace", "pop"]


@dataclass(frozen=True, slots=True)
class Visit:
    """A link or form that a person has followed. ``is_patch``: to another query of the same page."""

    url: str
    view: str
    how: How = "push"
    is_patch: bool = False


class History:
    """Entries are URLs without scheme and host."""

    def __init__(self, url: str) -> None:
        self._entries = [url]
        self._position = 0

    @property
    def url(self) -> str:
        """The entry that is shown."""
        return self._entries[self._position]

    def resolve(self, url: str) -> str:
        """A URL as it stands in a link, without scheme and host."""
        parts = urlsplit(urljoin(self.url, url))
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def is_patch(self, url: str) -> bool:
        """Whether a URL is another query of the same page."""
        return urlsplit(url).path == urlsplit(self.url).path

    def write(self, url: str, how: How) -> None:
        """The tab shows another URL."""
        if how == "push" and url != self.url:
            del self._entries[self._position + 1 :]
            self._entries.append(url)
            self._position += 1
        else:
            self._entries[self._position] = url

    def move(self, steps: int) -> str | None:
        """Go back or forward; the URL that is to be shown, or None when there is no such entry."""
        if not 0 <= self._position + steps < len(self._entries):
            return None
        self._position += steps
        return self.url
