"""
What people install: an sdist from the files that git keeps, a wheel from that sdist, the wheel in an empty environment.

The environment lies outside the checkout, so nothing here can be found there by accident.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import liveex_django
from hatch_build import BUNDLE, CLIENT, build_bundle
from tests.packaging.fake_programs import add_program

ROOT = Path(__file__).parents[2]

# The start of every program that runs in the empty environment.
SETUP = """
import importlib.metadata
import importlib.util

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="of a visitor",
    INSTALLED_APPS=["daphne", "django.contrib.staticfiles", "channels", "liveex_django"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    STATIC_URL="static/",
)
django.setup()

from django.contrib.staticfiles import finders
from django.template import engines

import liveex_django
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that git keeps, as they are now, with the bundle already built."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs a git checkout, to know which files are the project's")
    build_bundle(ROOT)
    checkout = tmp_path_factory.mktemp("a checkout")
    # Also when the checkout belongs to another user, as in many a container.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).exists():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, checkout / name)
    (checkout / BUNDLE).parent.mkdir(parents=True, exist_ok=True)
    # Not copy2: it must be newer than the folders that were made just now.
    shutil.copy(ROOT / BUNDLE, checkout / BUNDLE)
    return checkout


@pytest.fixture(scope="module")
def sdist(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", checkout, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, where no Node works: from the bundle that it carries."""
    unpacked, programs = tmp_path_factory.mktemp("unpacked"), tmp_path_factory.mktemp("programs")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    for name in ("node", "npm"):
        add_program(programs, name, "exit 127")
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return build("wheel", next(unpacked.iterdir()), tmp_path_factory.mktemp("wheel"), PATH=path)


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with nothing in it but the wheel and what the wheel asks for."""
    folder = tmp_path_factory.mktemp("environment")
    # Without a pip of its own, and without .pyc files: both would take longer than all the rest.
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    install = ["install", "--quiet", "--no-compile", "--disable-pip-version-check", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True)
    return python


def build(target: str, source: Path, folder: Path, **environment: str) -> Path:
    """The one ``target`` that hatchling, our build backend, puts into ``folder``."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(folder)]
    built = subprocess.run(
        command, cwd=source, env=os.environ | environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (result,) = folder.iterdir()
    return result


def ask(python: Path, expression: str) -> str:
    """What ``expression`` gives in a minimal Django project in the empty environment, as text."""
    # -I: neither the working directory nor PYTHONPATH is looked into.
    command = [str(python), "-I", "-c", f"{SETUP}\nprint({expression})"]
    answer = subprocess.run(command, cwd=python.parent, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def files_of(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def files_of_sdist(sdist: Path) -> set[str]:
    """Without the folder that everything in an sdist lies in."""
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


class TestSdist:
    def test_carries_the_bundle_and_what_it_is_built_from(self, sdist: Path):
        assert {str(BUNDLE), f"{CLIENT}/package.json", f"{CLIENT}/package-lock.json"} <= files_of_sdist(sdist)

    def test_carries_everything_a_developer_needs(self, sdist: Path):
        files = files_of_sdist(sdist)

        assert {"pyproject.toml", "hatch_build.py", "Makefile", "requirements.txt", "LICENSE", "README.md"} <= files
        assert {name.partition("/")[0] for name in files} >= {
            "liveex_django",
            "demo_project",
            "tests",
            "docs",
            "scripts",
        }

    def test_leaves_out_what_npm_installed(self, sdist: Path):
        assert [name for name in files_of_sdist(sdist) if "node_modules" in name] == []


class TestWheel:
    def test_holds_the_package_and_nothing_else(self, wheel: Path):
        metadata = f"liveex_django-{liveex_django.__version__}.dist-info"

        assert {name.partition("/")[0] for name in files_of(wheel)} == {"liveex_django", metadata}

    def test_holds_every_file_of_the_package_but_the_client(self, wheel: Path, checkout: Path):
        package = (path for path in (checkout / "liveex_django").rglob("*") if path.is_file())
        expected = {path.relative_to(checkout).as_posix() for path in package if checkout / CLIENT not in path.parents}

        assert {name for name in files_of(wheel) if name.startswith("liveex_django/")} == expected

    def test_is_typed(self, wheel: Path):
        assert "liveex_django/py.typed" in files_of(wheel)

    def test_holds_neither_tests_nor_demo_nor_the_sources_of_the_client(self, wheel: Path):
        unwanted = ("tests/", "demo_project/", "client/", "node_modules/")

        assert [name for name in files_of(wheel) if any(part in name for part in unwanted)] == []

    def test_holds_the_license(self, wheel: Path):
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in files_of(wheel))


class TestInstalled:
    def test_is_imported_from_the_environment(self, environment: Path):
        assert Path(ask(environment, "liveex_django.__file__")).is_relative_to(environment.parents[1])

    def test_has_the_version_of_the_checkout(self, environment: Path):
        assert ask(environment, "importlib.metadata.version('liveex-django')") == liveex_django.__version__

    def test_staticfiles_finds_the_bundle(self, environment: Path):
        found = Path(ask(environment, "finders.find('liveex_django/liveex.js')"))

        assert found.read_bytes() == (ROOT / BUNDLE).read_bytes()

    def test_templates_can_load_the_tags(self, environment: Path):
        template = "{% load liveex %}the tags are here"

        assert ask(environment, f"engines['django'].from_string({template!r}).render()") == "the tags are here"

    def test_brings_neither_tests_nor_demo_nor_client(self, environment: Path):
        names = ["tests", "demo_project", "scripts", "hatch_build"]

        assert ask(environment, f"list(filter(importlib.util.find_spec, {names}))") == "[]"
        assert not (Path(ask(environment, "liveex_django.__file__")).parent / "client").exists()
