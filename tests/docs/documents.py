"""Our documents as the tests read them: steps, code blocks, links and names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<code>(?:.*\n)*?)```$", re.MULTILINE)
_HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
# The paragraph before a block says which file it is: "**`app/views.py`**", "At the end of **`app/views.py`**:".
_FILE = re.compile(r"^(?P<appended>At the end of )?\*\*`(?P<path>[^`]+)`\*\*|^In \*\*`(?P<changed>[^`]+)`\*\*")
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, slots=True)
class Block:
    """
    One block of code.

    Attributes:
        line: Where its code begins in the document, from 1.
        path: The file it is; None when it stands for itself.
        is_appended: Whether it is an addition to the end of that file.
    """

    language: str
    code: str
    line: int
    path: str | None = None
    is_appended: bool = False


@dataclass(frozen=True)
class Document:
    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The text without its code blocks, line for line."""
        return _FENCE.sub(lambda found: "\n" * found[0].count("\n"), self.text)

    @cached_property
    def blocks(self) -> list[Block]:
        return list(self._read_blocks(self.text, 0))

    def _read_blocks(self, text: str, before: int) -> Iterator[Block]:
        for found in _FENCE.finditer(text):
            paragraph = text[: found.start()].rstrip("\n").rpartition("\n\n")[2]
            file = _FILE.match(paragraph)
            yield Block(
                language=found["language"],
                code=found["code"],
                line=before + text.count("\n", 0, found.start("code")) + 1,
                path=(file["path"] or file["changed"]) if file else None,
                is_appended=bool(file and file["appended"]),
            )

    @cached_property
    def steps(self) -> dict[str, list[Block]]:
        """The blocks under each heading of the second level, by its text."""
        starts = [found for found in _HEADING.finditer(self.prose) if found[1] == "##"]
        lines = [self.prose.count("\n", 0, found.start()) for found in starts]
        ends = [*lines[1:], float("inf")]
        return {
            found[2]: [block for block in self.blocks if first < block.line <= end]
            for found, first, end in zip(starts, lines, ends, strict=True)
        }

    @cached_property
    def anchors(self) -> set[str]:
        """What a link may name behind a ``#``, as mkdocs makes it from the headings."""
        return {
            re.sub(r"[\s-]+", "-", re.sub(r"[^\w\s-]", "", found[2]).strip().lower())
            for found in _HEADING.finditer(self.prose)
        }

    @cached_property
    def links(self) -> list[str]:
        return [found["target"] for found in _LINK.finditer(self.prose)]

    @cached_property
    def names(self) -> list[str]:
        """What stands between backticks in the prose."""
        return _CODE_SPAN.findall(self.prose)


def every_document() -> list[Document]:
    """The pages of the site, and those at the root of the checkout that a visitor reads there."""
    paths = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
    return [Document(path) for path in paths]
