"""
Settings: one dict ``LIVEEX``, every option with a default, a kind and a meaning.

    LIVEEX = {"LOG": "redis://localhost:6379/0", "MAX_FRAME": 131072}

Options are read when they are used, so a test may override them; ``OPTIONS`` is what the system checks
and docs/reference/settings.md are made from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Option:
    """One key of ``LIVEEX``. ``least`` is the smallest number allowed; ``unit`` is for people."""

    name: str
    default: Any
    kinds: tuple[type, ...]
    unit: str
    meaning: str
    least: float | None = None


_OPTIONS = (
    Option(
        "LOG",
        None,
        (str, type(None)),
        "URL",
        'Where committed mutations are kept: "redis://…" or "memory://"; None: where CHANNEL_LAYERS has its Redis, if any.',
    ),
    Option(
        "LOG_PREFIX",
        "liveex",
        (str,),
        "",
        "What the keys of a log in Redis begin with. Two projects on one Redis need two.",
    ),
    Option(
        "LOG_IDLE",
        {"page": 86_400, "session": 1_209_600},
        (dict,),
        "s",
        "How long a log in Redis keeps an instance that nobody uses, by scope. Scopes that are not named: for ever.",
    ),
    Option(
        "LOG_IDS",
        86_400,
        (int, float),
        "s",
        "How long a log in Redis knows at least that a commit was made, so that one asked for again is not made again.",
        least=0,
    ),
    Option(
        "CHECK_INTERVAL",
        10,
        (int, float),
        "s",
        "How often, give or take 20 %, a process compares what it shows with a log in Redis, whatever the layer has lost.",
        least=0.1,
    ),
    Option(
        "PATH",
        "/live/",
        (str,),
        "path",
        "Path of the websocket, without the script prefix. Change it only together with your own routing.",
    ),
    Option(
        "ORIGINS",
        (),
        (list, tuple),
        "origins",
        'Origins besides the page\'s own host that may open a websocket, such as "https://www.example.com".',
    ),
    Option("MAX_FRAME", 65_536, (int,), "bytes", "Longest message a browser may send.", least=1024),
    Option("MAX_VIEWS", 200, (int,), "views", "Most live views, nested ones included, on one page.", least=1),
    Option("MAX_EVENTS", 100, (int,), "events", "Most events of one page that may wait for their turn.", least=1),
    Option(
        "MAX_STATE",
        8_388_608,
        (int,),
        "bytes",
        "Largest state of one instance; commits that would make it grow past that are refused.",
        least=1024,
    ),
    Option(
        "WARN_STATE",
        1_048_576,
        (int,),
        "bytes",
        "A state that grows past this is mentioned in the log of the server, once.",
        least=1024,
    ),
    Option("TOKEN_AGE", 86_400, (int, float), "s", "How long a page may be away and still come back.", least=1),
    Option(
        "RECHECK_INTERVAL",
        60,
        (int, float),
        "s",
        "How often, give or take 20 %, session, user and permissions of an open page are read afresh in any case.",
        least=1,
    ),
    Option(
        "FLUSH_INTERVAL",
        0.016,
        (int, float),
        "s",
        "How long a page rests after a patch, so that a burst of changes is one; the answer to its own event does not wait.",
        least=0,
    ),
    Option(
        "THREADS",
        8,
        (int,),
        "threads",
        "Threads for plain def hooks, events and actions; 0 runs them where Django runs sync code, as tests need it.",
        least=0,
    ),
    Option(
        "CHECK_PURITY",
        None,
        (bool, type(None)),
        "",
        "Run every mutation and getter twice and refuse those that do something else the second time; None: with DEBUG.",
    ),
    Option(
        "DEBUG_RENDER",
        False,
        (bool,),
        "",
        "Log each update: which slots were evaluated and why, and how many bytes went to how many pages.",
    ),
    Option("DRAIN", 10, (int, float), "s", "How long running actions may take to end at shutdown.", least=0),
    Option(
        "STYLES",
        True,
        (bool,),
        "",
        "Whether {% liveex_script %} links liveex.css, the looks of what the script shows by itself.",
    ),
    Option(
        "RELEASE",
        "",
        (str,),
        "",
        "Name of the deployed release. Pages of another release load themselves again when they reconnect.",
    ),
)

OPTIONS: Mapping[str, Option] = {option.name: option for option in _OPTIONS}


def get(name: str) -> Any:
    """The value of one option, or its default."""
    chosen: Mapping[str, Any] = getattr(settings, "LIVEEX", {})
    return chosen.get(name, OPTIONS[name].default)
