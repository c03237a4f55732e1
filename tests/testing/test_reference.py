"""docs/reference/testing.md against the package that it describes."""

import re

import pytest

import liveex_django.testing
from liveex_django.testing import FakeCluster, FakeHandle, FakeProcess, LiveClient, LivePage, Patch
from tests.docs.documents import DOCS, ROOT, Document
from tests.docs.project import Project

from .test_howto import plugin_options

_PAGE = Document(DOCS / "reference" / "testing.md")


def public(subject):
    """Names of what a class offers; the async forms are described with the sync ones where there are both."""
    names = [name for name in vars(subject) if not name.startswith("_")]
    return [name for name in names if not (name.startswith("a") and name[1:] in names)]


class TestThePage:
    @pytest.mark.parametrize("name", liveex_django.testing.__all__)
    def test_describes_every_public_name(self, name):
        assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", _PAGE.text)

    @pytest.mark.parametrize(
        ("subject", "name"),
        [
            (subject, name)
            for subject in (LiveClient, LivePage, FakeCluster, FakeProcess, FakeHandle, Patch)
            for name in public(subject)
        ],
        ids=lambda value: value if isinstance(value, str) else value.__name__,
    )
    def test_describes_everything_that_they_offer(self, subject, name):
        assert re.search(rf"`[^`\n]*\b{name}\b[^`\n]*`", _PAGE.text)

    def test_has_examples_that_pass(self, tmp_path):
        code = "\n\n".join(block.code for block in _PAGE.blocks if block.language == "python")
        (tmp_path / "test_examples.py").write_text(code)
        project = Project(tmp_path)

        said = project.run(
            *("-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--ds=demo_project.settings"),
            *("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function", f"--rootdir={ROOT}"),
            *plugin_options(),
            str(tmp_path),
        )

        assert f"{code.count('def test_')} passed" in said
