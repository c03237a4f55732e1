"""The source files of a page, as HTML, read when they are asked for."""

from dataclasses import dataclass
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

_ROOT = Path(__file__).resolve().parent

# Names of Pygments' lexers, by the ending of a file: https://pygments.org/docs/lexers/
_LEXERS = {".py": "python", ".html": "html+django", ".js": "javascript"}


@dataclass(frozen=True)
class Source:
    """One file, ready to be shown."""

    path: str
    """Below ``demo_project``, with slashes."""

    html: SafeString
    """Its text, escaped, in ``<span>`` elements with the short class names of Pygments."""


def read_source(path: str) -> Source:
    """Reads one of the files that ``pages.py`` names; ``path`` must never come from a visitor."""
    file = _ROOT / path
    lexer = get_lexer_by_name(_LEXERS[file.suffix])
    html = highlight(file.read_text(encoding="utf-8"), lexer, HtmlFormatter(nowrap=True))
    return Source(path, mark_safe(html))  # noqa: S308 - Pygments escapes the text it highlights
