"""What the pages about the log, history and undo say, against the package: names, and code that runs."""

import re

import pytest

import liveex_django.replication
from liveex_django.replication import get_log
from liveex_django.store import StoreHandle
from liveex_django.store.actions import ActionContext
from tests.docs.documents import DOCS, Document

REFERENCE = Document(DOCS / "reference" / "replication.md")
PAGES = [
    REFERENCE,
    Document(DOCS / "guarantees.md"),
    *(Document(DOCS / "howto" / f"{name}.md") for name in ("undo", "log-changes", "migrate-state")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_the_code_runs(page, tmp_path, monkeypatch):
    get_log().clear()
    monkeypatch.chdir(tmp_path)
    # A name of a module, so that annotations in the examples are looked up in the examples.
    examples = {"__name__": "examples"}

    for block in page.blocks:
        if block.language == "python":
            code = "\n" * (block.line - 1) + block.code
            exec(compile(code, page.name, "exec"), examples)  # noqa: S102


@pytest.mark.parametrize("name", liveex_django.replication.__all__)
def test_the_reference_has_every_public_name(name):
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", REFERENCE.text)


@pytest.mark.parametrize("name", sorted(StoreHandle.__abstractmethods__ | ActionContext.__abstractmethods__))
def test_the_reference_has_every_method_of_handles_and_of_ctx(name):
    assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", REFERENCE.text)


class TestReports:
    async def test_the_reference_has_every_key_and_counter(self, hub):
        report = hub.report()

        section = REFERENCE.text.partition("## Watching")[2].partition("\n## ")[0]

        assert [
            name for name in [*report, *report["metrics"], *report["instances"]] if f"`{name}`" not in section
        ] == []


def test_the_records_shown_are_those_that_are_written(caplog):
    page = Document(DOCS / "howto" / "log-changes.md")
    get_log().clear()
    caplog.set_level("DEBUG", logger="liveex")
    store_and_commits = page.blocks[1].code
    shown = page.blocks[2].code

    exec(store_and_commits, {"__name__": "examples"})  # noqa: S102

    written = "\n".join(record.getMessage() for record in caplog.records if record.name == "liveex")
    assert [re.sub(r"\d\.\d ms", "", line) for line in written.splitlines()] == [
        re.sub(r"\d\.\d ms", "", line) for line in shown.splitlines()
    ]
