"""What the demo says to whoever asks whether it is well."""

import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.demo.server import DemoServer
from tests.demo.window import PATIENCE
from tests.replication.redis_server import RedisServer


def ask(server: DemoServer) -> tuple[int, dict[str, str]]:
    try:
        with urlopen(f"{server.url}/health/", timeout=PATIENCE) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


class TestHealth:
    def test_is_ok_with_the_log_in_memory(self, demo: DemoServer):
        assert ask(demo) == (200, {"status": "ok"})

    def test_follows_the_log_in_redis(self, redis_server_program: str, tmp_path: Path):
        redis = RedisServer(redis_server_program, tmp_path)
        server = DemoServer(tmp_path, REDIS_URL=redis.url)
        server.start()
        try:
            assert ask(server) == (503, {"status": "the log does not answer"})

            redis.start()
            assert ask(server) == (200, {"status": "ok"})

            with redis.held_up():
                assert ask(server)[0] == 503
        finally:
            server.stop()
            redis.kill()
