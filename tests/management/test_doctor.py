"""``manage.py liveex_doctor``: what it says of processes that share a log."""

import asyncio
import json
import re
import threading
from dataclasses import replace

import pytest

from liveex_django.management.findings import Level
from liveex_django.management.process_findings import _HEADINGS, look_at_processes
from liveex_django.replication import Instance
from liveex_django.replication.attendance import Attendance
from liveex_django.replication.roll_call_messages import Answer, Call, Holding, pack
from liveex_django.store import freeze
from tests.docs.documents import DOCS
from tests.replication.build import make_counter
from tests.replication.test_commits import add

from .examined import LAYERS, PATIENCE, examine, facts, lines, use, whole

PAGE = (DOCS / "reference" / "management.md").read_text(encoding="utf-8")
# The outbox is in the database.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("project")]


class TestAHealthyCluster:
    @pytest.mark.parametrize("backend", LAYERS)
    def test_gets_no_error_and_exit_code_0(self, make_cluster, project, server, backend):
        use(project, server.url, backend)
        cluster = make_cluster(make_layer=LAYERS[backend])
        cluster.start(3)
        one, other = cluster.follow(Instance(make_counter()), Instance(make_counter(scope="key"), "room"))
        cluster.commit(0, one, 3)
        cluster.commit(1, other)
        cluster.agree(one)
        cluster.agree(other)

        printed, code = examine("--expect", "3", "--wait", str(PATIENCE))

        assert code == 0, printed
        assert "3 processes answered." in lines(printed, "OK")
        assert "Every process stands where the log stands, in 2 instances." in lines(printed, "OK")
        assert "States are equal in all processes, in 2 instances that several of them follow." in lines(printed, "OK")
        assert [line for line in lines(printed, "WARNING") if backend not in line] == []

    def test_is_shown_as_a_table(self, cluster):
        cluster.start(2)
        cluster.follow(Instance(make_counter()))

        printed, _ = examine("--expect", "2", "--wait", str(PATIENCE))

        heading, *rows = [line.split() for line in printed.partition("Processes\n")[2].splitlines()[:3]]
        assert heading == ["host", "pid", "release", "serves", "instances", "log", "missed", "unanswered", "damaged"]
        assert [row[2:] for row in rows] == [["one", rows[0][3], "1", "there", "0", "0", "0"]] * 2

    def test_is_looked_at_again_when_it_was_busy(self, cluster):
        cluster.start(2)
        [followed] = cluster.follow(Instance(make_counter()))
        over = threading.Event()

        async def commit():
            while not over.is_set():
                await add(cluster.hubs[0], followed[0])

        async def begin():
            return asyncio.create_task(commit())

        task = cluster.call(begin())
        printed, code = examine("--expect", "2", "--wait", str(PATIENCE))
        over.set()
        cluster.call(asyncio.wait_for(task, PATIENCE))

        assert code == 0, printed
        assert "Every process stands where the log stands, in 1 instance." in lines(printed, "OK")

    def test_is_told_as_json(self, cluster):
        cluster.start(1)
        cluster.follow(Instance(make_counter()))

        printed, code = examine("--json", "--expect", "1", "--wait", str(PATIENCE))

        told = json.loads(printed)
        assert (code, told["errors"]) == (0, 0)
        assert [section["title"] for section in told["sections"]][:5] == [
            "Settings",
            "Redis of the log",
            "Channel layer",
            "Processes",
            "Comparison",
        ]
        assert told["sections"][3]["findings"] == [{"level": "ok", "text": "1 process answered."}]
        assert told["processes"][0]["metrics"]["damaged"] == 0


class TestPositions:
    def test_a_process_that_no_message_reaches_is_named(self, cluster):
        cluster.start(3)
        instance = Instance(make_counter())
        [followed] = cluster.follow(instance)
        deaf = cluster.hubs[1]
        cluster.call(deaf.groups.layer.group_discard(deaf.groups.group_of(instance), deaf.groups._channel))
        cluster.commit(0, followed, 3)
        cluster.agree([followed[0], followed[2]])

        printed, code = examine("--expect", "3", "--wait", str(PATIENCE))

        [told] = lines(printed, "ERROR")
        assert code == 1
        assert f"(hub {deaf.id[:8]}) is behind the log, by 3 entries at most, in 1 instance" in told
        assert instance.store.name in told

    def test_a_process_that_shows_what_the_log_has_lost_is_named(self, cluster, server):
        [hub] = cluster.start(1)
        [followed] = cluster.follow(Instance(make_counter()))
        cluster.commit(0, followed)
        with server.admin() as admin:
            admin.flushall()

        printed, code = examine("--expect", "1", "--wait", str(PATIENCE))

        assert code == 1
        assert [line.partition(" shows ")[2][:30] for line in lines(printed, "ERROR")] == [
            "what the log does not have, in"
        ]
        assert hub.metrics.lost == 0

    def test_a_process_that_cannot_be_asked_again_is_told(self, cluster):
        cluster.start(1)
        cluster.answer(*whole(facts(), Holding("a" * 40, "shop", "e", 1, "b" * 16, 1, None)), once=True)

        printed, code = examine("--expect", "1", "--wait", "3")

        assert code == 0
        assert any(
            line.startswith("Not everything was heard of process 77 on elsewhere when it was asked again")
            for line in lines(printed, "WARNING")
        )

    def test_a_page_that_nobody_has_changed_is_in_no_log_and_need_not_be(self, cluster):
        cluster.start(1)
        cluster.follow(Instance(make_counter(scope="page"), "tab"))

        printed, code = examine("--expect", "1", "--wait", str(PATIENCE))

        assert code == 0, printed

    def test_neither_keys_nor_their_digests_as_a_whole_are_printed(self, cluster, server):
        cluster.start(1)
        instance = Instance(make_counter(scope="user"), "4711")
        [followed] = cluster.follow(instance)
        cluster.commit(0, followed)
        with server.admin() as admin:
            admin.flushall()

        printed, _ = examine("--expect", "1", "--wait", str(PATIENCE))

        assert f"{instance.store.name} {instance.digest[:8]}…" in printed
        assert "4711" not in printed
        assert instance.digest not in printed


class TestStates:
    def test_that_differ_at_one_position_are_an_error(self, cluster):
        cluster.start(3)
        instance = Instance(make_counter())
        [followed] = cluster.follow(instance)
        cluster.commit(0, followed)
        cluster.agree(followed)
        followed[2].replica.state = freeze({"count": 77, "log": []})

        printed, code = examine("--expect", "3", "--wait", str(PATIENCE))

        [told] = lines(printed, "ERROR")
        assert code == 1
        assert f"different states of {instance.store.name} at the same position" in told
        assert all(f"(hub {hub.id[:8]})" in told for hub in cluster.hubs)

    def test_that_were_too_many_for_one_answer_are_asked_for_again(self, cluster, monkeypatch):
        monkeypatch.setattr("liveex_django.replication.roll_call._MOST_STATES", 1)
        cluster.start(2)
        cluster.follow(*(Instance(make_counter()) for _ in range(2)))

        printed, code = examine("--expect", "2", "--wait", str(PATIENCE))

        assert code == 0
        assert "States are equal in all processes, in 2 instances that several of them follow." in lines(printed, "OK")


class TestWhoAnswers:
    def test_nobody_is_a_doubt_and_an_error_when_somebody_was_expected(self):
        printed, code = examine("--wait", "0.1")
        also_printed, also_code = examine("--wait", "0.1", "--expect", "2")

        assert code == 0
        assert any(line.startswith("No process answered within 0.1 s") for line in lines(printed, "WARNING"))
        assert also_code == 1
        assert any(
            line.startswith("0 processes answered within 0.1 s, and 2 were") for line in lines(also_printed, "ERROR")
        )

    def test_another_project_on_the_same_redis_is_not_asked(self, cluster, make_cluster):
        another = make_cluster(prefix="another")
        another.start(2)
        another.follow(Instance(make_counter()))
        cluster.start(1)
        cluster.follow(Instance(make_counter()))

        printed, code = examine("--expect", "1", "--wait", str(PATIENCE))

        assert code == 0
        assert "1 process answered." in lines(printed, "OK")

    def test_what_cannot_be_read_is_counted_and_nothing_more(self, cluster):
        cluster.start(1)
        garbage = [{}, {"call": "?"}, {**pack(whole(facts())[0]), "process": {"host": "\x1b[2J"}}]
        cluster.answer(*garbage, *whole(facts()))

        printed, code = examine("--expect", "1", "--wait", str(PATIENCE))

        assert code == 0
        assert "\x1b" not in printed
        assert any(line.startswith("3 answers could not be read") for line in lines(printed, "WARNING"))

    def test_the_answer_to_another_call_is_dropped(self, cluster):
        cluster.start(1)
        stale = pack(Answer("a" * 32, "e" * 32, 0, is_last=True, process=facts(host="stale")))
        cluster.answer(stale, *whole(facts()))

        printed, _ = examine("--expect", "1", "--wait", str(PATIENCE))

        assert "1 process answered." in lines(printed, "OK")
        assert "stale" not in printed

    def test_a_part_of_an_answer_that_is_missing_is_told(self):
        first, last = whole(facts(), Holding("a" * 40, "shop", "e", 1, "b" * 16, 1, None))
        attendance = Attendance(Call(first.call))
        for answer in (first, replace(last, part=2)):
            attendance.take(pack(answer))

        *_, told = look_at_processes(attendance, wait=2.0, expected=None)

        assert told.level is Level.WARNING
        assert told.text.startswith("Not all parts of the answer of process 77 on elsewhere have come")

    @pytest.mark.parametrize(
        ("process", "level", "said"),
        [
            (facts(is_degraded=True), "ERROR", "The log does not answer process 77 on elsewhere"),
            (
                facts(quarantined=("a" * 40,)),
                "ERROR",
                "Process 77 on elsewhere has 1 instance whose log cannot be used, and whose pages stay as they are: aaa",
            ),
            (facts(outdated=2), "WARNING", "A later release has taken over 2 instances that process 77"),
            (
                facts(metrics={"missed": 3, "applied": 100}),
                "WARNING",
                "Process 77 on elsewhere found 3 changes by comparing",
            ),
            (
                facts(metrics={"damaged": 4}),
                "WARNING",
                "Process 77 on elsewhere met 4 messages or entries that it could not",
            ),
            (
                facts(metrics={"lost": 1}),
                "WARNING",
                "Process 77 on elsewhere has found 1 time that the log no longer had",
            ),
        ],
        ids=["degraded", "quarantined", "outdated", "missed", "damaged", "lost"],
    )
    def test_what_a_process_says_of_itself_is_told(self, cluster, process, level, said):
        cluster.start(1)
        cluster.answer(*whole(process))

        printed, code = examine("--expect", "1", "--wait", str(PATIENCE))

        assert [line[: len(said)] for line in lines(printed, level)] == [said]
        assert code == (level == "ERROR")

    def test_a_message_that_was_missed_now_and_then_is_not_worth_a_word(self, cluster):
        cluster.start(1)
        cluster.answer(*whole(facts(metrics={"missed": 1, "applied": 1000, "unanswered_probes": 2})))

        printed, _ = examine("--expect", "1", "--wait", str(PATIENCE))

        assert lines(printed, "WARNING") == []

    @pytest.mark.parametrize(
        ("other", "said"),
        [
            (facts(release="two"), "Processes have different releases (one: process 77 on elsewhere; two: process 77"),
            (
                facts(versions={"liveex_django": "0.2.0"}),
                "Processes have different versions of liveex_django (0.1.0: process 77 on elsewhere",
            ),
        ],
        ids=["release", "version"],
    )
    def test_releases_that_differ_are_told(self, cluster, other, said):
        cluster.start(1)
        cluster.answer(*whole(facts()), *whole(other, hub="e" * 32))

        printed, code = examine("--expect", "2", "--wait", str(PATIENCE))

        [told] = lines(printed, "WARNING")
        assert code == 0
        assert told.startswith(said.partition(" (hub")[0][:40])


class TestItsPage:
    def test_shows_what_is_printed(self, cluster):
        shown = next(code for code in re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL) if "Redis of the log" in code)
        cluster.start(1)
        cluster.follow(Instance(make_counter()))

        printed, _ = examine("--expect", "1", "--wait", str(PATIENCE))

        def outline(text):
            return [line for line in text.splitlines() if line[:1].isupper() or line.startswith("  host")]

        assert [line.split() for line in outline(shown)] == [line.split() for line in outline(printed)[:-1]]

    def test_explains_the_columns(self):
        for column in _HEADINGS[3:]:
            assert f"| `{column}` |" in PAGE
