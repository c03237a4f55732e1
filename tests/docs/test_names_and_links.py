"""What our documents point at is there: files, headings, and names of the package."""

import re
from importlib import import_module

import pytest

from tests.docs.documents import ROOT, Document, every_document

DOCUMENTS = every_document()
_CHECK_ID = re.compile(r"[EW]\d{3}")
_CHECKS = (ROOT / "liveex_django" / "checks.py").read_text(encoding="utf-8")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


def problem_of_link(document: Document, target: str) -> str | None:
    """What is wrong with a link to another place of ours, or None."""
    file, _, anchor = target.partition("#")
    path = (document.path.parent / file).resolve() if file else document.path
    if not path.exists():
        return f"{target}: there is no {path.relative_to(ROOT)}"
    if anchor and anchor not in Document(path).anchors:
        return f"{target}: no heading there is #{anchor}"
    return None


def is_there(name: str) -> bool:
    """Whether a dotted name leads to a module, to something in one, or to a system check."""
    module, _, rest = name.rpartition(".")
    if _CHECK_ID.fullmatch(rest):
        return f'"{name}"' in _CHECKS
    try:
        import_module(name)
    except ModuleNotFoundError:
        return bool(module) and is_there(module) and hasattr(_find(module), rest)
    return True


def _find(name: str) -> object:
    try:
        return import_module(name)
    except ModuleNotFoundError:
        module, _, rest = name.rpartition(".")
        return getattr(_find(module), rest)


class TestLinks:
    @each_document
    def test_lead_somewhere(self, document: Document):
        own = [target for target in document.links if not re.match(r"\w+:", target)]

        assert [problem for target in own if (problem := problem_of_link(document, target))] == []

    def test_a_wrong_file_and_a_wrong_heading_would_be_noticed(self):
        page = ROOT / "docs" / "index.md"

        assert problem_of_link(Document(page), "nowhere.md")
        assert problem_of_link(Document(page), "tutorial.md#9-nothing")
        assert problem_of_link(Document(page), "tutorial.md#7-a-test") is None


class TestNamesOfThePackage:
    @each_document
    def test_are_names_of_something(self, document: Document):
        spans = [re.match(r"liveex_django(?:\.\w+)+", span) for span in document.names]
        names = {found[0] for found in spans if found and not found.string.startswith("liveex_django/")}

        assert sorted(name for name in names if not is_there(name)) == []

    @pytest.mark.parametrize("name", ["liveex_django.store.Shop", "liveex_django.shop", "liveex_django.E999"])
    def test_a_name_of_nothing_would_be_noticed(self, name: str):
        assert not is_there(name)
