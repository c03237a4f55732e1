"""
The end of a server that speaks the lifespan protocol of ASGI, as uvicorn and hypercorn do; for daphne see reactor.py.

https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from collections.abc import Awaitable, Callable
from typing import Any

from .process import shut_down


async def lifespan(scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
    """An ASGI application for the scope ``lifespan``: at shutdown, running actions end before the server does."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await shut_down()
            await send({"type": "lifespan.shutdown.complete"})
            return
