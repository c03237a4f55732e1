"""What the README shows is what the demo runs."""

import re

import pytest

from tests.demo.markdown import ROOT, NamedBlock, named_blocks

README = ROOT / "README.md"
DOCUMENTS = ["README.md", *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md")))]


class TestTheCounterOfTheReadme:
    def test_has_all_its_files(self):
        assert [block.path for block in named_blocks("README.md")] == [
            "counter/store.py",
            "counter/views.py",
            "counter/templates/counter/counter.html",
        ]

    @pytest.mark.parametrize("block", named_blocks("README.md"), ids=lambda block: block.path)
    def test_is_the_demo_word_for_word(self, block: NamedBlock):
        assert block.code == (ROOT / "demo_project" / block.path).read_text(encoding="utf-8")

    def test_has_the_address_it_has_in_the_demo(self):
        line = 'path("counter/", CounterLive.as_view(), name="counter"),'

        assert line in README.read_text(encoding="utf-8")
        assert line in (ROOT / "demo_project" / "urls.py").read_text(encoding="utf-8")


class TestTheCounterOfTheQuickStart:
    @pytest.mark.parametrize("readme_block", named_blocks("README.md"), ids=lambda block: block.path)
    def test_is_that_of_the_readme(self, readme_block: NamedBlock):
        assert readme_block in named_blocks("docs/quickstart.md")


class TestLinks:
    @pytest.mark.parametrize("document", DOCUMENTS)
    def test_to_other_files_lead_somewhere(self, document: str):
        path = ROOT / document
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", prose)

        assert [target for target in targets if not (path.parent / target).exists()] == []
