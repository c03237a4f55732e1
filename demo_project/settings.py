"""
Settings of the demo. It runs as it is, on one machine, with nothing else installed.

Environment variables:

- ``REDIS_URL``: a Redis server for the channel layer and the log of mutations, for example ``redis://localhost:6379/0``, so
  that several processes may serve the demo, and a restart keeps its state.
- ``SECRET_KEY``: must be given when ``DEBUG`` is off.
- ``DEBUG``: ``0`` turns it off.
- ``WAREHOUSE_FEED``: ``0`` keeps the serving process from moving stock in the warehouse, which it does without Redis; with
  Redis, ``manage.py warehouse_feed`` does.
- ``ALLOWED_HOSTS``: names it may be asked for by, with commas between them; by default those of this machine.
- ``DATABASE_PATH``: the SQLite file; by default ``db.sqlite3`` beside ``manage.py``.
"""

import os
import warnings
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = os.environ.get("DEBUG", "1") != "0"

SECRET_KEY = os.environ.get("SECRET_KEY", "for-development-only" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("DEBUG is off, so the demo needs a SECRET_KEY in the environment.")

ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "daphne",  # first: makes `manage.py runserver` speak websockets
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "liveex_django",
    "demo_project",
    "demo_project.counter",
    "demo_project.items",
    "demo_project.warehouse",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "demo_project.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "demo_project.urls"
ASGI_APPLICATION = "demo_project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

if "REDIS_URL" in os.environ:
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]]},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

WAREHOUSE_FEED = "REDIS_URL" not in os.environ and os.environ.get("WAREHOUSE_FEED") != "0"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE_PATH", BASE_DIR / "db.sqlite3"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
# Neither daphne nor uvicorn serves files; WhiteNoise does, straight from the apps, so there is nothing to collect.
WHITENOISE_USE_FINDERS = True
# It hands files to Django in a way that costs a hop to a thread under ASGI, which does not matter here.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "filters": {"without_feed": {"()": "demo_project.warehouse.feed.WithoutFeed"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "liveex": {"level": "DEBUG", "filters": ["without_feed"]},  # a record of every commit of a visitor
        "liveex.replication": {"level": "INFO"},
        "django": {"level": "INFO"},  # without the second handler that Django gives it
        "demo_project": {"level": "INFO"},
    },
}
