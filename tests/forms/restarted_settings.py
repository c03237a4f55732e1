"""Settings of the server that test_browser.py starts and kills."""

from pathlib import Path

from tests.settings import *  # noqa: F403
from tests.settings import TEMPLATES

DEBUG = True
ROOT_URLCONF = "tests.forms.urls"
_FOLDER = Path(__file__).parent / "templates"
TEMPLATES = [{**TEMPLATES[0], "DIRS": [_FOLDER, *TEMPLATES[0]["DIRS"]]}]
# daphne tells its logger where it listens.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"daphne.server": {"handlers": ["console"], "level": "INFO"}},
}
