"""The Django project of the benchmarks of pages: one process, visitors that are logged in, and a table to look at."""

import os

from ._table import TABLE, WITH_ASSIGNS

# A folder that is there for one run; benchmarks/_visitors.py makes the database in it.
_FOLDER = os.environ["LIVEEX_BENCHMARK_FOLDER"]

SECRET_KEY = "only for benchmarks: signs nothing that leaves the machine"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "channels",
    "liveex_django",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{_FOLDER}/visitors.sqlite3"}}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        (
                            "django.template.loaders.locmem.Loader",
                            {"table.html": TABLE, "with_assigns.html": WITH_ASSIGNS},
                        ),
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
LIVEEX = {"LOG": "memory://"}
STATIC_URL = "/static/"
ROOT_URLCONF = "benchmarks._table_site"
