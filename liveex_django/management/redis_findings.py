"""Whether the log's Redis keeps what it is given."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..replication.redis_server_check import OLDEST
from .findings import Finding, error, ok, warning

if TYPE_CHECKING:
    from ..replication.redis_observer import ServerFacts

# Of maxmemory: there is no telling how soon the rest is full.
_NEARLY_FULL = 0.9


def look_at_server(address: str, facts: "ServerFacts") -> Iterator[Finding]:
    """What the server at an address says of itself."""
    info = facts.info
    if not info:
        yield ok(f"The Redis at {address} answers in {facts.seconds * 1000:.1f} ms.")
        yield warning(
            "Its user may not ask for INFO, so nothing else is known of it. Check by hand that maxmemory-policy is "
            "noeviction, and appendonly yes."
        )
        return
    yield _version(address, facts)
    yield _role(info)
    yield _policy(info)
    yield _persistence(info, facts.save)
    yield from _failures(info)
    yield _memory(info)


def _version(address: str, facts: "ServerFacts") -> Finding:
    name, version = "Redis", str(facts.info.get("redis_version", "unknown"))
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if "valkey_version" in facts.info:
        name, shown = "Valkey", str(facts.info["valkey_version"])
    else:
        shown = version
    text = f"The {name} at {address} answers in {facts.seconds * 1000:.1f} ms; its version is {shown}."
    if numbers and numbers < OLDEST:
        return error(
            f"{text} The log needs {'.'.join(map(str, OLDEST))} or newer, so nothing can be committed. Bring it up to "
            "date."
        )
    return ok(text)


def _role(info: Mapping[str, Any]) -> Finding:
    if info.get("role") != "slave":
        return ok("It takes writes.")
    master = f"{info.get('master_host')}:{info.get('master_port')}"
    return error(
        f"It is a read-only replica of {master}, so nothing can be committed. Name that server in LIVEEX['LOG'], or the "
        "Sentinel that knows which one it is: redis+sentinel://host:26379/service/0."
    )


def _policy(info: Mapping[str, Any]) -> Finding:
    policy = info.get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return ok("It deletes nothing to make room (maxmemory-policy noeviction).")
    return warning(
        f"Its maxmemory-policy is {policy}: when its memory is full, it deletes what the log says is committed, and "
        "stores begin again. Set it to noeviction, or give the log a Redis of its own."
    )


def _persistence(info: Mapping[str, Any], save: str | None) -> Finding:
    if info.get("aof_enabled"):
        return ok("What is committed survives a restart of the server (appendonly yes).")
    if save:
        return ok(
            f"It writes snapshots to its disk (save {save}): when it ends suddenly, what came after the last one is "
            "lost. With appendonly yes that is a second at most."
        )
    if save is None:
        return warning(
            "It has no append-only file, and does not tell whether it writes snapshots to its disk; without, a restart "
            "loses everything, and all stores begin again. Set appendonly yes."
        )
    return warning(
        "It keeps nothing on its disk (neither appendonly nor save), so a restart loses everything, and all stores "
        "begin again. Set appendonly yes, unless that is what you want."
    )


def _failures(info: Mapping[str, Any]) -> Iterator[Finding]:
    if evicted := info.get("evicted_keys"):
        yield warning(
            f"It has deleted {evicted} keys to make room since it started. Were some of them the log's, stores have "
            "begun again. Set maxmemory-policy to noeviction, and give it more memory."
        )
    for name, what in (("rdb_last_bgsave_status", "a snapshot"), ("aof_last_write_status", "its append-only file")):
        if info.get(name, "ok") != "ok":
            yield error(
                f"It could not write {what} ({name} is {info[name]}), and may refuse every commit until it can. Look at "
                "its own log, and at its disk."
            )


def _memory(info: Mapping[str, Any]) -> Finding:
    used, peak, most = (int(info.get(name, 0)) for name in ("used_memory", "used_memory_peak", "maxmemory"))
    text = f"It uses {_size(used)} of memory, and has used {_size(peak)} at most"
    if not most:
        return ok(f"{text}; it has no limit of its own.")
    if used > _NEARLY_FULL * most:
        return warning(
            f"{text}; it may use {_size(most)}. When that is full, every commit fails with LogFull. Raise maxmemory, or "
            "let instances that nobody uses go sooner: LIVEEX['LOG_IDLE']."
        )
    return ok(f"{text}; it may use {_size(most)}.")


def _size(number: int) -> str:
    return f"{number / 2**20:.1f} MiB"
