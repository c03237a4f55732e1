"""Settings of the servers that test_restarts.py starts and ends; what differs from test to test is in the environment."""

import os

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.live.restarted"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [os.environ["TEST_REDIS"]]},
    }
}
LIVEEX = {"DRAIN": float(os.environ["TEST_DRAIN"])}
