"""Asking a process of the demo for its health."""

import json
import time
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.demo.window import PATIENCE


def health_of(url: str) -> tuple[int, str]:
    """The code and the word of a process' answer, now."""
    try:
        with urlopen(f"{url}/health/", timeout=PATIENCE) as answer:  # noqa: S310
            return answer.status, json.load(answer)["status"]
    except HTTPError as error:
        with error:
            return error.code, json.load(error)["status"]


def wait_until_well(url: str) -> None:
    """A busy machine may take longer than the second that a log has to answer."""
    deadline = time.monotonic() + PATIENCE
    while (health := health_of(url)) != (200, "ok"):
        assert time.monotonic() < deadline, f"Waited {PATIENCE} s in vain for {url} to be well: {health}."
        time.sleep(0.1)
