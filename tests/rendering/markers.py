"""Takes away what marked HTML has more than the HTML of Django."""

import re

ROW = "<!--:-->"
_MARKERS = re.compile(r'<!--(?:\[\d+|\]|:)-->|(?<=[^\s<>]) lx-e="\d+(?: \d+)*"')


def without_markers(marked: str) -> str:
    """The HTML without its markers; a ``<tbody>`` that was added stays."""
    return _MARKERS.sub("", marked)


def is_same_html(marked: str, html: str) -> bool:
    """Whether only markers, and ``<tbody>`` written out, make the difference."""
    bare = without_markers(marked)
    return bare == html or bare.replace("<tbody>", "") == html.replace("<tbody>", "")
