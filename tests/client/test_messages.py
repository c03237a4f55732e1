"""The names on the wire are the same in the script, in the server and in docs/protocol.md."""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]

# Values that stand in the tables to show where values stand.
_EXAMPLE_VALUES = {"F", "static", "digest"}


def in_script() -> dict[str, str]:
    source = (_ROOT / "liveex_django/client/messages.js").read_text()
    found = dict(re.findall(r'^export const (\w+) = "?(.*?)"?;$', source, re.MULTILINE))
    assert len(found) == source.count("export const"), "each constant has a line of its own"
    return found


def in_server() -> dict[str, str]:
    source = (_ROOT / "liveex_django/live/messages.py").read_text()
    return dict(re.findall(r'^([A-Z_]+)(?:: Final)? = "?(.*?)"?$', source, re.MULTILINE))


def in_protocol() -> set[str]:
    """What the page writes as code where it defines names: in its tables, and in three paragraphs."""
    page = (_ROOT / "docs/protocol.md").read_text()
    _, markers, diffs, browser, server, _ = re.split(r"^## \d\. .*$", page, flags=re.MULTILINE)
    names = set(re.findall(r"lx-(?:view|region|token|digest|e)\b", markers))
    names |= set(re.findall(r"<!--([\[\]:])", markers))
    names |= {name for code in _code(diffs) for name in re.findall(r'"([=fr]|)":', code)}
    for paragraph in (browser + server).split("\n\n"):
        if re.match(r"\s*(\||Every message|Order of names|Outcomes)", paragraph):
            for code in _code(paragraph):
                names |= set(re.findall(r'"(\w+)"', code)) | set(re.findall(r"^[a-z]+$", code))
    # After some codes the browser does as after a loss without a code; it need not know those.
    codes = re.findall(r"^\| ([\d, ]+) \|(?!.*\| reconnects, as after any other loss \|$)", server, re.MULTILINE)
    return (names - _EXAMPLE_VALUES) | {code for row in codes for code in row.split(", ")}


def _code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


class TestNames:
    def test_are_those_of_the_protocol(self) -> None:
        assert set(in_script().values()) == in_protocol()

    def test_that_the_server_has_too_mean_the_same(self) -> None:
        script, server = in_script(), in_server()

        assert {name: server[name] for name in script if name in server} == {
            name: script[name] for name in script if name in server
        }
        assert {"PARTS", "JOINED", "PATCH", "REPLY", "APPLIED", "CLOSE_BAD_FRAME"} <= script.keys() & server.keys()
