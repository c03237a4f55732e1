"""Pages with forms, and the fixture as the plugin has it, whether the package is installed or not."""

from pathlib import Path

import pytest

from liveex_django.testing.plugin import live_client

__all__ = ["live_client"]


@pytest.fixture(autouse=True)
def own_pages(settings):
    """The pages of views.py, with the templates beside them."""
    folder = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [folder, *settings.TEMPLATES[0]["DIRS"]]}]
    settings.ROOT_URLCONF = "tests.forms.urls"
    # Plain def code shares the test's database connection, and leaves none in threads that later tests use.
    settings.LIVEEX = {"THREADS": 0}
