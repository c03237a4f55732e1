"""Pages of this folder, and the fixture as the plugin has it, whether the package is installed or not."""

from pathlib import Path

import pytest

from liveex_django.testing.plugin import live_client
from tests.client.conftest import browser, open_page, script

__all__ = ["browser", "live_client", "open_page", "script"]


@pytest.fixture(autouse=True)
def own_pages(settings):
    """The pages of views.py, with the templates beside them."""
    folder = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [folder, *settings.TEMPLATES[0]["DIRS"]]}]
    settings.ROOT_URLCONF = "tests.testing.urls"
