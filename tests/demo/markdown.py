"""Code blocks of our documents that say which file they are."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# A paragraph that begins with a file name in bold, then the block. "At the end of" makes it an addition to the file.
_NAMED_BLOCK = re.compile(
    r"^(?P<appended>At the end of )?\*\*`(?P<path>[^`]+)`\*\*.*(?:\n.+)*\n\n```\w+\n(?P<code>(?:.*\n)*?)```$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class NamedBlock:
    path: str
    code: str
    appended: bool


def named_blocks(document: str) -> list[NamedBlock]:
    """The blocks of a document, given by its path from the root of the checkout, that name a file."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [
        NamedBlock(found["path"], found["code"], appended=found["appended"] is not None)
        for found in _NAMED_BLOCK.finditer(text)
    ]
