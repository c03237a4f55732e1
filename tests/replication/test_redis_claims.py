"""Claims in Redis: what all claims do, and what happens when replies are lost or keys are not ours; on a real server."""

import asyncio

import pytest

from liveex_django.exceptions import LogFull, LogKeyTaken, LogUnreachable, LogUnsupported
from liveex_django.replication import redis_claims
from liveex_django.replication.claims import KEPT_EVENTS, Claim, Ended, EventId, Granted, Running
from liveex_django.replication.redis_attempts import Patience
from liveex_django.replication.redis_keys import events_key
from liveex_django.replication.redis_log import RedisMutationLog

from .claims_conformance import SENDER, ClaimsConformance, ask, event, record
from .proxy import proxy_to
from .redis_server import running

KEY = events_key("liveex", event())


@pytest.fixture(scope="module")
def server(redis_server_program, tmp_path_factory):
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def admin(server):
    with server.admin() as admin:
        admin.flushall()
        yield admin


@pytest.fixture
async def log(server, admin):
    log = RedisMutationLog(server.url, keep_events=3600)
    yield log
    await log.close()


@pytest.fixture
def claims(log):
    return log.claims


@pytest.fixture
async def proxy(server):
    async with proxy_to(server.port) as proxy:
        yield proxy


@pytest.fixture
async def far(proxy):
    """Claims behind the proxy."""
    log = RedisMutationLog(proxy.url, patience=Patience(answer=0.5, outcome=1.0))
    yield log.claims
    await log.close()


class TestRedisClaims(ClaimsConformance):
    @pytest.fixture
    def let_run_out(self, admin):
        async def set_back(claims, event):
            key = events_key("liveex", event)
            _, _, claimant = admin.hget(key, str(event.seq)).decode().partition(":")
            admin.hset(key, str(event.seq), f"c0:{claimant}")

        return set_back

    async def test_several_processes_share_them(self, claims, server):
        other = RedisMutationLog(server.url)
        await ask(claims)

        assert await ask(other.claims, claimant="two") == Running()
        await record(claims)
        assert await ask(other.claims, claimant="two") == Ended(b"done")
        await other.close()

    async def test_a_claim_runs_out_by_the_clock_of_redis(self, claims, monkeypatch):
        monkeypatch.setattr(redis_claims, "LEASE", 0.01)
        await ask(claims)
        monkeypatch.undo()

        async with asyncio.timeout(10):
            while await ask(claims, claimant="two") == Running():
                pass

        assert await ask(claims, claimant="two") == Ended(None)


class TestKeys:
    async def test_a_sender_has_one_key_that_goes_when_its_page_cannot_come_back(self, claims, admin):
        for seq in (1, 2, 3):
            await ask(claims, seq)
            await record(claims, seq)

        assert {key.decode() for key in admin.scan_iter()} == {f"liveex:{{{EventId(SENDER, 1).digest}}}:events"}
        assert 3590 < admin.ttl(KEY) <= 3600

    async def test_every_use_keeps_it(self, claims, admin):
        await ask(claims)
        admin.expire(KEY, 5)
        await record(claims)

        assert admin.ttl(KEY) > 3590

    async def test_it_has_not_many_more_events_than_are_known(self, claims, admin):
        sizes = []
        for start in range(1, 3 * KEPT_EVENTS, 50):
            await claims.claim([Claim(event(seq), "one") for seq in range(start, start + 50)])
            sizes.append(admin.hlen(KEY))

        assert KEPT_EVENTS < max(sizes) <= KEPT_EVENTS + 100
        assert admin.hlen(KEY) >= KEPT_EVENTS

    async def test_two_prefixes_never_meet(self, claims, server):
        other = RedisMutationLog(server.url, "another")
        await ask(claims)

        assert await ask(other.claims, claimant="two") == Granted()
        await other.close()

    async def test_a_key_of_somebody_else_is_named_and_left_alone(self, claims, admin, caplog):
        admin.set(KEY, "mine")

        with pytest.raises(LogKeyTaken, match="is a string"):
            await ask(claims)
        await claims.record({Claim(event(), "one"): b"done", Claim(event(1, "other"), "one"): b"done"})

        assert admin.get(KEY) == b"mine"
        assert "cannot be recorded" in caplog.text
        assert await ask(claims, sender="other") == Ended(b"done")

    @pytest.mark.parametrize(("format", "error"), [(None, LogKeyTaken), ("2", LogUnsupported)])
    async def test_a_hash_that_this_release_does_not_know_is_left_alone(self, claims, admin, format, error):
        fields = {"1": "x"} if format is None else {"1": "x", "format": format}
        admin.hset(KEY, mapping=fields)

        with pytest.raises(error):
            await ask(claims)

        assert admin.hgetall(KEY) == {name.encode(): value.encode() for name, value in fields.items()}

    async def test_a_claim_that_cannot_be_read_is_lost(self, claims, admin):
        await ask(claims)
        admin.hset(KEY, "1", "cnonsense")

        assert await ask(claims, claimant="two") == Ended(None)


class TestFaults:
    async def test_a_claim_whose_reply_is_lost_is_asked_for_again_and_is_the_same(self, claims, far, proxy):
        proxy.lose_replies = 1

        assert await ask(far) == Granted()
        assert await ask(claims, claimant="two") == Running()
        assert b"".join(proxy.seen).count(b"one") > 1

    async def test_an_outcome_whose_reply_is_lost_is_recorded(self, claims, far, proxy):
        await ask(far)
        proxy.lose_replies = 1

        await record(far)

        assert await ask(claims, claimant="two") == Ended(b"done")

    async def test_a_claim_that_nobody_answers_is_an_error_and_may_have_been_made(self, claims, far, proxy):
        await ask(far, 2)
        proxy.lose_replies = 1_000_000

        with pytest.raises(LogUnreachable):
            await ask(far)

        assert await ask(claims, claimant="two") == Running()

    async def test_forgotten_scripts_are_sent_again(self, claims, admin):
        await ask(claims)
        admin.script_flush()

        answers = await claims.claim([Claim(event(seq), "two") for seq in (1, 2, 3)])

        assert answers == [Running(), Granted(), Granted()]

    async def test_an_emptied_redis_gets_the_claims_that_are_renewed(self, claims, admin):
        await ask(claims)
        admin.flushall()
        await ask(claims)

        assert await ask(claims, claimant="two") == Running()

    async def test_a_full_redis_takes_no_claim(self, redis_server_program, tmp_path):
        with running(redis_server_program, tmp_path) as server, server.admin() as admin:
            log = RedisMutationLog(server.url)
            await ask(log.claims, 1)
            admin.config_set("maxmemory", "1")

            with pytest.raises(LogFull):
                await ask(log.claims, 2)
            with pytest.raises(LogFull):
                await record(log.claims, 1)

            assert set(admin.hgetall(KEY)) == {b"format", b"newest", b"1"}
            await log.close()
