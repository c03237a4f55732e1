"""docs/howto/test-a-store.md, followed in an empty folder: its tests pass."""

from pathlib import Path

import pytest

from tests.docs.documents import DOCS, Document
from tests.docs.project import Project

_GUIDE = Document(DOCS / "howto" / "test-a-store.md")
_SETUP = {"mysite/settings.py", "mysite/asgi.py", "templates/base.html"}
_URLS = 'from django.urls import include, path\n\nurlpatterns = [path("", include("inventory.urls"))]\n'


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("howto"))
    project.run("-m", "django", "startproject", "mysite", ".")
    project.follow(block for block in Document(DOCS / "quickstart.md").blocks if block.path in _SETUP)
    settings = project.folder / "mysite" / "settings.py"
    settings.write_text(settings.read_text().replace('"counter"', '"inventory"'))
    (project.folder / "mysite" / "urls.py").write_text(_URLS)
    for package in ("inventory", "inventory/tests"):
        (project.folder / package).mkdir()
        (project.folder / package / "__init__.py").touch()
    project.follow(block for block in _GUIDE.blocks if block.path is not None)
    project.run("manage.py", "makemigrations", "--verbosity", "0", "inventory")
    return project


class TestTheGuide:
    def test_names_the_file_of_every_block_of_code(self):
        assert [block.line for block in _GUIDE.blocks if block.language and block.path is None] == []

    def test_has_tests_that_pass(self, project):
        said = project.run("-m", "pytest", "-q", "-p", "no:randomly", *plugin_options())

        written = sum(block.code.count("def test_") for block in _GUIDE.blocks)
        assert f"{written} passed" in said

    def test_has_tests_that_can_fail(self, project):
        template = project.folder / Path("inventory/templates/inventory/items.html")
        text = template.read_text()
        template.write_text(text.replace('lx-click="order"', ""))

        with pytest.raises(AssertionError, match=r"(?s)ElementNotBound: A click on <button.*has lx-click"):
            project.run("-m", "pytest", "-q", "-p", "no:randomly", *plugin_options(), "inventory/tests/test_page.py")
        template.write_text(text)


def plugin_options() -> list[str]:
    """What stands in for the entry point where the library is not installed."""
    from importlib.metadata import entry_points

    installed = "liveex_django" in entry_points(group="pytest11").names
    return [] if installed else ["-p", "liveex_django.testing.plugin"]
