"""`make docs`: the documentation becomes a site, and what is wrong with its pages or links stops it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.documents import DOCS, ROOT, Document


def build(project: Path, site: Path) -> "subprocess.CompletedProcess[str]":
    """As the Makefile builds it, elsewhere."""
    return subprocess.run(  # noqa: S603
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--config-file",
            str(project / "mkdocs.yml"),
            "--site-dir",
            str(site),
        ],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The documentation, to be changed by a test."""
    shutil.copytree(DOCS, tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    return tmp_path


class TestTheSite:
    def test_is_built_without_a_warning(self, tmp_path: Path):
        built = build(ROOT, tmp_path)

        assert built.returncode == 0, built.stderr
        assert "WARNING" not in built.stderr

    def test_has_every_page_in_its_map(self):
        pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")} - {"index.md"}
        linked = {re.sub("#.*", "", target) for target in Document(DOCS / "index.md").links}

        assert sorted(pages - linked) == []

    def test_asks_no_other_server(self, tmp_path: Path):
        build(ROOT, tmp_path)

        page = (tmp_path / "tutorial.html").read_text(encoding="utf-8")

        assert re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)"', page) == []

    def test_is_not_built_with_a_broken_link(self, copy: Path):
        with (copy / "docs" / "tutorial.md").open("a") as page:
            page.write("\n[Nowhere](nowhere.md)\n")

        built = build(copy, copy / "site")

        assert built.returncode != 0
        assert "nowhere.md" in built.stderr

    def test_is_not_built_with_a_page_that_nobody_finds(self, copy: Path):
        (copy / "docs" / "forgotten.md").write_text("# Forgotten\n")

        built = build(copy, copy / "site")

        assert built.returncode != 0
        assert "forgotten.md" in built.stderr
