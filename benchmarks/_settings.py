"""The Django project of the benchmarks of replication: a log and a channel layer on one Redis, and nothing else."""

import os

# A Redis that is there for one run; benchmarks/replication.py says where.
_REDIS = os.environ["LIVEEX_BENCHMARK_REDIS"]

SECRET_KEY = "only for benchmarks: signs nothing that leaves the machine"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True

INSTALLED_APPS = ["channels", "liveex_django"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                ("django.template.loaders.locmem.Loader", {"count.html": "<p>{{ count }}</p>"}),
                "django.template.loaders.app_directories.Loader",
            ]
        },
    }
]
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [_REDIS]},
    }
}
LIVEEX = {"LOG": _REDIS}
STATIC_URL = "/static/"
ROOT_URLCONF = "benchmarks._site"
