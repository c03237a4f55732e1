"""What the demo says to whoever asks whether it is well."""

from pathlib import Path

from tests.demo.health import health_of, wait_until_well
from tests.demo.server import DemoServer
from tests.replication.redis_server import RedisServer


class TestHealth:
    def test_is_ok_with_the_log_in_memory(self, demo: DemoServer):
        assert health_of(demo.url) == (200, "ok")

    def test_follows_the_log_in_redis(self, redis_server_program: str, tmp_path: Path):
        redis = RedisServer(redis_server_program, tmp_path)
        server = DemoServer(tmp_path, REDIS_URL=redis.url)
        server.start()
        try:
            assert health_of(server.url) == (503, "the log does not answer")

            redis.start()
            wait_until_well(server.url)

            with redis.held_up():
                assert health_of(server.url) == (503, "the log does not answer")
            wait_until_well(server.url)
        finally:
            server.stop()
            redis.kill()
