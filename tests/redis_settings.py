"""The project of the tests in a process of its own, with the channel layer and the log on the Redis of a test."""

import logging
import os

from .settings import *  # noqa: F403

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": os.environ["LIVEEX_TEST_LAYER"],
        "CONFIG": {"hosts": [os.environ["LIVEEX_TEST_REDIS"]]},
    }
}


def is_no_matter_of_time(record: logging.LogRecord) -> bool:
    """Whether a record would be there on a machine that is not busy, too."""
    message = record.getMessage()
    return "stood still for" not in message and "did not come back within" not in message


# What is left on stderr is something that went wrong.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"time": {"()": "django.utils.log.CallbackFilter", "callback": is_no_matter_of_time}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["time"], "level": "WARNING"}},
    "loggers": {"liveex": {"handlers": ["stderr"], "propagate": False}},
}
