"""The pytest plugin, as a project that installs the library has it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

_ROOT = Path(__file__).parents[2]

_API_EXAMPLE = """
def test_a_filter_shows_in_both_windows(live_client):
    one, two = live_client.get("/items/?shared=1"), live_client.get("/items/?shared=1")
    one.click("button", text="House")
    assert two.text("#selected") == "House"


async def test_it_does_in_an_async_test(live_client):
    one, two = await live_client.aget("/items/?shared=1"), await live_client.aget("/items/?shared=1")
    await one.aclick("button", text="House")
    assert two.text("#selected") == "House"
"""


class TestTheEntryPoint:
    def test_names_the_module(self):
        project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]

        assert project["entry-points"]["pytest11"] == {"liveex_django": "liveex_django.testing.plugin"}

    def test_loading_it_imports_no_django(self):
        code = "import sys, liveex_django.testing.plugin; print(*sys.modules)"

        modules = subprocess.run(  # noqa: S603
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_ROOT
        ).stdout

        assert not {"django", "asgiref", "channels", "lxml", "msgspec"} & set(modules.split())

    def test_every_public_name_is_there(self):
        import liveex_django.testing

        for name in liveex_django.testing.__all__:
            assert getattr(liveex_django.testing, name).__name__ == name
            assert name in dir(liveex_django.testing)


class TestAProject:
    def test_writes_a_test_of_a_page_and_it_passes(self, tmp_path):
        (tmp_path / "test_items.py").write_text(_API_EXAMPLE)
        # Without the entry point: it counts once the library is installed, and twice is an error.
        options = ["-p", "no:cacheprovider", "-p", "no:randomly", "-W", "error"]
        options += ["-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"]
        loaded = [] if _is_installed() else ["-p", "liveex_django.testing.plugin"]
        command = [sys.executable, "-m", "pytest", "-q", "--ds=demo_project.settings", *options, *loaded, str(tmp_path)]

        ran = subprocess.run(  # noqa: S603
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )

        assert "2 passed" in ran.stdout, ran.stdout + ran.stderr


def _is_installed() -> bool:
    from importlib.metadata import entry_points

    return "liveex_django" in entry_points(group="pytest11").names
