"""The project of the tests in a process of its own, with the channel layer and the log on the Redis of a test."""

import os

from .settings import *  # noqa: F403

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": os.environ["LIVEEX_TEST_LAYER"],
        "CONFIG": {"hosts": [os.environ["LIVEEX_TEST_REDIS"]]},
    }
}
