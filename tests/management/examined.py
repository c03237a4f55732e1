"""What the doctor examines: processes that share a Redis, and answers of processes that there are not."""

import io
from dataclasses import replace

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.core.management import CommandError, call_command

from liveex_django.replication import Hub, get_log
from liveex_django.replication.redis_log import RedisMutationLog
from liveex_django.replication.roll_call_messages import CALL, Answer, ProcessFacts, pack, topic_of_answers
from liveex_django.replication.timing import Timing
from liveex_django.testing.loop_thread import LoopThread
from tests.replication.test_commits import add
from tests.replication.test_groups import until

# What is not brought by a message stays missing.
TIMING = Timing(check=3600, linger=0.0)
# Seconds; nothing waits for so long unless it has failed.
PATIENCE = 60
LAYERS = {
    "channels_redis.core.RedisChannelLayer": lambda url: RedisChannelLayer(
        hosts=[{"address": url, "socket_timeout": 30}]
    ),
    "channels_redis.pubsub.RedisPubSubChannelLayer": lambda url: RedisPubSubChannelLayer(hosts=[url]),
}
PUBSUB = "channels_redis.pubsub.RedisPubSubChannelLayer"


def use(settings, url, backend=PUBSUB):
    """Have the log and the channel layer of this process on a Redis."""
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": backend, "CONFIG": {"hosts": [{"address": url, "socket_timeout": 30}]}}
    }
    get_log.cache_clear()


def examine(*arguments):
    """What the command printed, and its exit code."""
    stdout = io.StringIO()
    try:
        call_command("liveex_doctor", *arguments, stdout=stdout, no_color=True)
    except CommandError as error:
        return stdout.getvalue(), error.returncode
    return stdout.getvalue(), 0


def lines(printed, level):
    """The findings of a level, without its name."""
    return [line.strip().removeprefix(level).strip() for line in printed.splitlines() if line.strip().startswith(level)]


class Cluster:
    """Processes, as far as the doctor can tell: each a hub with a log, a layer and connections of its own."""

    def __init__(self, url, make_layer=LAYERS[PUBSUB], prefix="liveex"):
        self.hubs = []
        self._url, self._make_layer, self._prefix = url, make_layer, prefix
        self._loop = LoopThread()
        self._loop.start()

    def call(self, work):
        return self._loop.call(work)

    def start(self, number):
        """More processes, which follow nothing yet."""

        async def start():
            for _ in range(number):
                log = RedisMutationLog(self._url, self._prefix)
                self.hubs.append(Hub(log, self._make_layer(self._url), TIMING))
                # In the group of all: it will hear the call.
                await self.hubs[-1].announcements.listen("test", lambda content: None)

        self.call(start())
        return self.hubs[-number:]

    def follow(self, *instances):
        """Let every process follow them; what each of them has, by instance."""

        async def follow():
            return [[await hub.acquire(instance) for hub in self.hubs] for instance in instances]

        return self.call(follow())

    def commit(self, number, followed, times=1):
        async def commit():
            for _ in range(times):
                await add(self.hubs[number], followed[number])

        self.call(commit())

    def agree(self, followed):
        self.call(until(lambda: len({one.replica.position for one in followed}) == 1))

    def answer(self, *answers, once=False):
        """Let the last process answer what somebody else would; ``once``: it does not answer a second look."""

        async def answer():
            hub = self.hubs[-1]

            def say(content):
                if once and content["instances"]:
                    return
                for answer in answers:
                    made = pack(replace(answer, call=content["id"])) if isinstance(answer, Answer) else answer
                    hub.announcements.announce(topic_of_answers(content["id"]), made, is_private=True)

            await hub.announcements.listen(CALL, say)

        self.call(answer())

    def stop(self):
        async def stop():
            for hub in self.hubs:
                await hub.close()
                await hub.log.close()
                layer = hub.groups.layer
                await (layer.close_pools() if isinstance(layer, RedisChannelLayer) else layer.flush())

        self.call(stop())
        self._loop.stop()


def facts(**changes):
    return ProcessFacts(
        **{
            "host": "elsewhere",
            "pid": 77,
            "release": "one",
            "versions": {"liveex_django": "0.1.0"},
            "is_serving": True,
            "is_degraded": False,
            "instances": {"live": 0},
            "outdated": 0,
            "quarantined": (),
            "tasks": 0,
            "metrics": {},
            **changes,
        }
    )


def whole(process, *holdings, hub="f" * 32):
    """The answer of a process, in as many parts as it needs."""
    if not holdings:
        return [Answer("0" * 32, hub, 0, is_last=True, process=process)]
    return [
        Answer("0" * 32, hub, 0, is_last=False, process=process),
        Answer("0" * 32, hub, 1, is_last=True, holdings=holdings),
    ]
