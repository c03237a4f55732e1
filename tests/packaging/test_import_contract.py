"""Imports go one way: the contracts under ``[tool.importlinter]`` in ``pyproject.toml`` hold."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    run = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", run, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )


def test_every_import_goes_the_way_the_layers_say():
    linted = lint_imports(ROOT)

    assert linted.returncode == 0, linted.stdout + linted.stderr


class TestTheContracts:
    """They are tried on a small package of the same name, so that we know that they bite."""

    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
        package = tmp_path / "liveex_django"
        for name in ("store", "replication", "rendering", "live"):
            (package / name).mkdir(parents=True)
            (package / name / "__init__.py").touch()
        for name in ("__init__", "exceptions", "conf", "checks", "replication/replica", "rendering/diff", "live/view"):
            (package / f"{name}.py").touch()
        return package

    def test_hold_for_a_package_without_imports(self, package: Path):
        linted = lint_imports(package.parent)

        assert linted.returncode == 0, linted.stdout + linted.stderr

    @pytest.mark.parametrize(
        ("module", "imported"),
        [
            ("store/draft", "asyncio"),
            ("store/draft", "django.conf"),
            ("store/draft", "liveex_django.conf"),
            ("store/draft", "liveex_django.live.view"),
            ("exceptions", "liveex_django.store"),
            ("exceptions", "django"),
            ("conf", "liveex_django.replication"),
            ("replication/replica", "django.utils.timezone"),
            ("replication/replica", "redis"),
            ("replication/hub", "liveex_django.rendering.diff"),
            ("rendering/diff", "django.template"),
            ("rendering/diff", "liveex_django.replication.replica"),
            ("rendering/parts", "liveex_django.live"),
            ("live/view", "channels.layers"),
            ("live/view", "liveex_django.checks"),
        ],
    )
    def test_refuse_an_import_against_the_direction(self, package: Path, module: str, imported: str):
        (package / f"{module}.py").write_text(f"import {imported}\n")

        linted = lint_imports(package.parent)

        assert linted.returncode == 1
        assert "BROKEN" in linted.stdout

    def test_let_a_live_view_use_a_hub_that_knows_channels(self, package: Path):
        (package / "replication/hub.py").write_text("import channels.layers\n")
        (package / "live/view.py").write_text("import liveex_django.replication.hub\n")

        assert lint_imports(package.parent).returncode == 0

    def test_refuse_a_module_that_has_no_layer(self, package: Path):
        (package / "utils.py").touch()

        linted = lint_imports(package.parent)

        assert linted.returncode == 1
        assert "utils" in linted.stdout
