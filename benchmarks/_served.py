"""The servers of the benchmarks, each in a process of its own."""

import os
import resource
import socket
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ._program import process

SERVERS = {
    # What is sent to many is best not compressed for each of them.
    "uvicorn": ("-m", "uvicorn", "--log-level", "warning", "--no-access-log", "--ws-per-message-deflate", "false"),
    "daphne": ("-m", "daphne", "-v", "0"),
}


# The processor of servers that are compared, and of who asks them.
SERVER_CPU, CLIENT_CPU = 0, 1


@asynccontextmanager
async def serving(server: str, application: str, cpu: int | None = None) -> AsyncIterator[str]:
    """
    Host and port of a server. It is handed a socket that listens, so whoever comes early waits in its queue.

    Args:
        cpu: As for :func:`keep_to_cpu`; None: where the system likes.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        # Those that it accepts inherit it, and servers set it themselves when they have opened their socket.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host, port = listening.getsockname()
        descriptor = listening.fileno()
        command = (*SERVERS[server], "--fd", str(descriptor), application)
        ours = os.sched_getaffinity(0)
        if cpu is not None:
            # A process begins with the processors of the one that starts it.
            keep_to_cpu(cpu)
        async with process(*command, stdout=DEVNULL, pass_fds=(descriptor,)):
            os.sched_setaffinity(0, ours)
            yield f"{host}:{port}"


def keep_to_cpu(number: int) -> None:
    """Keep this process, and those that it starts, on one processor, or on the last one where there are fewer."""
    os.sched_setaffinity(0, {min(number, (os.cpu_count() or 1) - 1)})


def allow_sockets(number: int) -> None:
    """
    Let this process, and those that it starts, have so many sockets open.

    Raises:
        SystemExit: The system does not let it.
    """
    # Besides the sockets a server has some dozens of files.
    wanted = number + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SystemExit(
            f"{number} sockets need {wanted} open files, and the system allows {hard}: ulimit -Hn {wanted}."
        )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
