"""
Runs the template tests of Django itself with this package in place of ``Template.render``.

    python -m tests.rendering.django_suite fresh|previous|django

"django" runs them as they are, to see what fails for a reason of the machine.

The tests come from the source distribution of the Django that is installed, which pip fetches once into ``build/``. Prints
what Django's runner prints; ends with 0 when every test passed.
"""

import atexit
import os
import runpy
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import django
from django.template.base import Template
from django.utils.safestring import SafeString

from liveex_django.rendering import Rendered, compile_template, diff, full
from tests.rendering.markers import is_same_html
from tests.rendering.reference_client import ReferenceClient

BUILD = Path(__file__).parents[2] / "build" / "django-tests"


def fetch_tests(version: str = django.__version__) -> Path:
    """The ``tests`` folder of Django's source distribution; fetched when it is not there yet."""
    # The name of the archive, and of the folder in it, began with a capital letter up to 5.2.
    folders = f"[dD]jango-{version}/tests/template_tests"
    if not list(BUILD.glob(folders)):
        BUILD.mkdir(parents=True, exist_ok=True)
        archives = f"[dD]jango-{version}.tar.gz"
        if not list(BUILD.glob(archives)):
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "Django"]
            subprocess.run([*pip, "--dest", str(BUILD), f"Django=={version}"], check=True)  # noqa: S603
        with tarfile.open(next(BUILD.glob(archives))) as archive:
            inside = [member for member in archive.getmembers() if member.name.partition("/")[2].startswith("tests/")]
            archive.extractall(BUILD, members=inside, filter="data")
    return next(BUILD.glob(folders)).parent


def render_fresh(self: Template, context: Any) -> SafeString:
    return SafeString(compile_template(self).render(context))


class RenderWithPrevious:
    """Gives each render the one before it, and checks the markers and the diff between the two."""

    def __init__(self) -> None:
        self.renders = self.diffs = 0
        self.latest: dict[int, tuple[Template, Rendered]] = {}

    def __call__(self, template: Template, context: Any) -> SafeString:
        _, previous = self.latest.get(id(template), (None, None))
        rendered = compile_template(template).render(context, previous)
        self.renders += 1
        html = str(rendered)
        assert is_same_html(rendered.marked(), html)
        if previous is not None:
            self.diffs += 1
            check_diff(previous, rendered)
        # The template is kept as well, so that its id is not given to another one.
        self.latest[id(template)] = (template, rendered)
        return SafeString(html)


def check_diff(old: Rendered, new: Rendered) -> None:
    """Someone who has ``old`` and receives the diff has ``new``."""
    parts: dict[str, tuple[str, ...]] = {}
    client = ReferenceClient(full(old, parts), parts)
    told: dict[str, tuple[str, ...]] = {}
    client.receive(diff(old, new, told), told)
    assert client.tree == client.read(full(new))


def main(mode: str) -> None:
    if mode == "fresh":
        Template.render = render_fresh
    elif mode == "previous":
        remember = RenderWithPrevious()
        Template.render = lambda self, context: remember(self, context)
        atexit.register(lambda: print(f"{remember.renders} renders, {remember.diffs} diffs", file=sys.stderr))  # noqa: T201
    tests = fetch_tests()
    os.chdir(tests)
    sys.path.insert(0, str(tests))
    sys.argv = ["runtests.py", "template_tests", "--parallel=1", "--verbosity=1"]
    runpy.run_path("runtests.py", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1])
