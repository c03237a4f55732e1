"""One project with the files of all how-to guides; each guide brings an app of its own."""

from pathlib import Path

from tests.docs.documents import DOCS, Block, Document
from tests.docs.project import Project

GUIDES = [
    Document(DOCS / "howto" / f"{name}.md")
    for name in (
        "share-state-per-user",
        "several-stores",
        "dispatch-from-django",
        "dispatch-from-workers",
        "embed-a-live-view",
        "forms",
        "navigation",
        "events",
        "feedback",
        "async",
        "components",
        "javascript",
    )
]

_SETUP = {"mysite/settings.py", "mysite/asgi.py", "templates/base.html"}
_URLS = """
from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), {included}]
"""
# What a guide imports, and this project has no workers for.
_CELERY = """
def shared_task(function):
    return function
"""
_ADMIN = """
from django.contrib import admin

from .models import Item

admin.site.register(Item)
"""
_VISITORS = """
from django.contrib.auth import get_user_model
from django.test import Client

for name in ("ada", "bob", "cyd"):
    client = Client()
    client.force_login(get_user_model().objects.create_superuser(name))
    print(name, client.cookies["sessionid"].value)
"""


class HowtoProject(Project):
    """
    Attributes:
        sessions: Value of the session cookie of each user.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.run("-m", "django", "startproject", "mysite", ".")
        self.follow(block for block in Document(DOCS / "quickstart.md").blocks if block.path in _SETUP)
        blocks = [block for guide in GUIDES for block in guide.blocks if block.path is not None]
        apps = sorted({_app_of(block) for block in blocks} - {"mysite", "templates"})
        for app in apps:
            (folder / app).mkdir()
            (folder / app / "__init__.py").touch()
        self.follow(blocks)
        self._put_together(apps)
        self.run("manage.py", "makemigrations", "--verbosity", "0", *apps)
        self.run("manage.py", "migrate", "--verbosity", "0")
        said = self.shell(_VISITORS)
        self.sessions = dict(line.split() for line in said.splitlines())

    def _put_together(self, apps: list[str]) -> None:
        """What the guides leave to the project that their app is in."""
        settings = self.folder / "mysite" / "settings.py"
        text = settings.read_text().replace('"counter"', ", ".join(map(repr, apps)))
        settings.write_text(f'{text}\nLOGIN_URL = "/admin/login/"\n')
        included = [f'path("", include("{app}.urls"))' for app in apps if (self.folder / app / "urls.py").exists()]
        (self.folder / "mysite" / "urls.py").write_text(_URLS.format(included=", ".join(included)))
        (self.folder / "celery.py").write_text(_CELERY)
        (self.folder / "stock" / "admin.py").write_text(_ADMIN)

    def shell(self, code: str) -> str:
        """Runs code in ``manage.py shell``; returns what it printed."""
        return self.run("manage.py", "shell", "--verbosity", "0", "--command", code)


def _app_of(block: Block) -> str:
    assert block.path is not None
    return block.path.partition("/")[0]
