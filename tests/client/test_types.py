"""The declarations for projects that write their scripts in TypeScript."""

import subprocess
from pathlib import Path

import pytest

from hatch_build import BUNDLE, CLIENT, find_node, run_npm

_ROOT = Path(__file__).parents[2]
_DECLARATIONS = _ROOT / CLIENT / "types" / "liveex.d.ts"

_RIGHT = """
document.addEventListener("liveex:ready", ({ detail: liveex }) => {
  liveex.hooks.register<{ count: number }>("Chart", {
    async mounted() {
      this.count = 1;
      const rows = await this.pushEvent<number[]>("rows", { since: new Date(), tags: ["a", 1], all: true });
      this.el.textContent = String(rows.length + this.count);
      this.handleEvent<{ x: number }>("point", ({ x }) => (this.count = x));
    },
  });
});
export const isLive: boolean = window.liveex?.connected ?? false;
"""


def problems(folder: Path, source: str) -> list[str]:
    """What TypeScript says of a script of a project."""
    script = folder / "project.ts"
    script.write_text(source)
    tsc = _ROOT / CLIENT / "node_modules" / ".bin" / "tsc"
    options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", ""]
    node = find_node()
    assert node is not None
    command = [node.executable, str(tsc.resolve()), *options, str(_DECLARATIONS), str(script)]
    said = subprocess.run(  # noqa: S603 - the compiler, on a text of this file
        command, capture_output=True, text=True, timeout=120, check=False, cwd=folder
    )
    return said.stdout.splitlines()


@pytest.fixture(scope="module", autouse=True)
def _checked() -> None:
    """The script itself keeps to the declarations: this is part of its own check, which also installs the compiler."""
    run_npm(_ROOT, "run", "check")


class TestTheDeclarations:
    def test_fit_what_the_guide_does(self, tmp_path: Path) -> None:
        assert problems(tmp_path, _RIGHT) == []

    @pytest.mark.parametrize(
        ("right", "wrong"),
        [
            ("tags: [", "tags: [{}, "),
            ("async mounted()", "async mountd()"),
            ("this.el.textContent", "this.element.textContent"),
            ("?.connected", "?.connect"),
        ],
    )
    def test_notice_what_does_not(self, tmp_path: Path, right: str, wrong: str) -> None:
        assert len(problems(tmp_path, _RIGHT.replace(right, wrong))) >= 1

    def test_are_beside_the_bundle(self, script: str) -> None:
        assert (_ROOT / BUNDLE).with_name("liveex.d.ts").read_text() == _DECLARATIONS.read_text()
