"""
A process that commits to one instance, over and over: ``python -m tests.replication.redis_writer URL NAME WRITER COUNT``.

Prints one line per acknowledged commit: its version and id.
"""

import asyncio
import sys

from liveex_django.replication import Appended, Behind, Instance, Position
from liveex_django.replication.redis_log import RedisMutationLog

from .build import make_counter, make_entry, position_of


async def write(url: str, name: str, writer: str, count: int) -> None:
    log = RedisMutationLog(url)
    instance = Instance(make_counter(name=name))
    loaded = await log.load(instance)
    assert loaded is not None
    position: Position = position_of(loaded[1][-1]) if loaded[1] else loaded[0].position
    for number in range(count):
        while True:
            entry = make_entry(position, id=f"{writer}.{number}")
            match await log.append(instance, position, entry):
                case Appended():
                    position = position_of(entry)
                    print(entry.version, entry.id, flush=True)  # noqa: T201 - its work
                    break
                case Behind(missing):
                    position = position_of(missing[-1])
                case other:
                    raise AssertionError(other)
    await log.close()


if __name__ == "__main__":
    asyncio.run(write(*sys.argv[1:4], int(sys.argv[4])))
