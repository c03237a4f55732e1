"""What is sent to which page when, on a clock that the test moves."""

import asyncio

import pytest
from django.utils import translation

from .delivered import Tab, make_delivery


@pytest.fixture
def made():
    return make_delivery()


@pytest.fixture
def delivery(made):
    return made[0]


@pytest.fixture
def clock(made):
    return made[1]


@pytest.fixture
def tab(delivery):
    return Tab(delivery)


async def turns():
    """Let the tasks of the real loop go as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)


class TestAPage:
    async def test_is_sent_its_first_change_at_once_and_without_a_task(self, tab, clock):
        tasks = asyncio.all_tasks()

        tab.show(1)
        clock.turn()

        assert tab.received == [1]
        assert asyncio.all_tasks() == tasks

    async def test_is_sent_what_changes_in_one_moment_as_one_patch(self, tab, clock):
        for number in range(5):
            tab.show(number)
        clock.settle()

        assert tab.received == [4]

    async def test_rests_after_a_patch_and_is_sent_the_newest_state_then(self, tab, clock):
        tab.show(1)
        clock.settle()
        for number in range(2, 7):
            tab.show(number)
            clock.move(0.003)
        assert tab.received == [1]

        clock.move(0.001)

        assert tab.received == [1, 6]

    async def test_is_sent_a_change_at_once_when_it_has_rested(self, tab, clock):
        tab.show(1)
        clock.move(0.016)

        tab.show(2)
        clock.turn()

        assert tab.received == [1, 2]

    async def test_rests_as_long_as_the_setting_says(self, tab, clock, settings):
        settings.LIVEEX = {"FLUSH_INTERVAL": 1.0}
        tab.show(1)
        clock.settle()
        tab.show(2)
        clock.move(0.9)
        assert tab.received == [1]

        clock.move(0.1)

        assert tab.received == [1, 2]

    async def test_that_does_nothing_has_no_timer(self, tab, clock):
        tab.show(1)
        clock.settle()
        tab.outlet.acknowledge(1)

        clock.move(20)

        assert clock.timers == []

    async def test_that_has_not_joined_is_sent_everything_when_it_has(self, delivery, clock):
        tab = Tab(delivery, is_open=False)
        tab.show(1)
        clock.settle()
        assert tab.received == []

        tab.outlet.open()
        clock.settle()

        assert tab.received == [1]

    async def test_that_cannot_be_sent_its_frame_is_given_up_and_others_go_on(self, delivery, clock, caplog):
        one, two = Tab(delivery), Tab(delivery)
        one.view.take_diff = lambda parts: {"0": object()}
        one.show(1)
        two.show(1)

        clock.settle()

        assert one.reasons == ["Its last frame could not be made."]
        assert two.received == [1]
        assert "A frame could not be made" in caplog.text


class TestReplies:
    async def test_go_at_once_with_their_patch_also_while_the_page_rests(self, tab, clock):
        tab.show(1)
        clock.settle()

        tab.show(2)
        tab.answer(1)
        clock.settle()

        assert tab.received == [1, (2, 1)]

    async def test_each_have_a_frame(self, tab, clock):
        tab.show(1)
        for seq in (1, 2, 3):
            tab.answer(seq)

        clock.settle()

        assert tab.received == [(1, 1), (None, 2), (None, 3)]

    async def test_start_the_rest_anew(self, tab, clock):
        tab.show(1)
        clock.move(0.010)
        tab.show(2)
        tab.answer(1)
        clock.settle()
        tab.show(3)

        clock.move(0.015)
        assert tab.received == [1, (2, 1)]
        clock.move(0.001)

        assert tab.received == [1, (2, 1), 3]

    async def test_are_waited_for_by_what_their_event_has_changed(self, tab, clock):
        tab.frames.is_answering = True
        tab.show(1)
        clock.move(0.010)
        assert tab.received == []

        tab.answer(1)
        clock.settle()

        assert tab.received == [(1, 1)]

    async def test_that_take_long_are_not(self, tab, clock):
        tab.frames.is_answering = True
        tab.show(1)

        clock.move(0.016)

        assert tab.received == [1]


class TestAFullWindow:
    @pytest.fixture
    def full(self, tab, clock):
        """A page that has been sent a whole window, and has shown more since."""
        for number in range(40):
            tab.show(number)
            clock.move(0.016)
        return tab

    async def test_holds_back_everything_and_nothing_is_rendered(self, full, clock):
        full.answer(1)
        clock.move(0.016)

        assert full.received == list(range(32))
        assert full.view.renders == list(range(32))

    async def test_is_followed_by_one_patch_with_the_newest_state(self, full, clock):
        full.outlet.acknowledge(16)
        clock.settle()

        assert full.received == [*range(32), 39]
        assert full.view.renders == full.received

    async def test_keeps_replies_which_then_come_in_order(self, full, clock):
        for seq in (1, 2, 3):
            full.answer(seq)

        full.outlet.acknowledge(32)
        clock.settle()

        assert full.received[32:] == [(39, 1), (None, 2), (None, 3)]

    async def test_has_room_for_no_more_than_was_acknowledged(self, full, clock):
        for seq in (1, 2, 3):
            full.answer(seq)

        full.outlet.acknowledge(2)
        clock.settle()
        assert full.received[32:] == [(39, 1), (None, 2)]
        full.outlet.acknowledge(3)
        clock.settle()

        assert full.received[34:] == [(None, 3)]

    async def test_is_one_of_256_kib_too(self, tab, clock):
        tab.show("x" * 150_000)
        clock.move(0.016)
        tab.show("y" * 150_000)
        clock.move(0.016)
        tab.show("z")
        clock.move(0.016)
        assert [text[0] for text in tab.received] == ["x", "y"]

        tab.outlet.acknowledge(1)
        clock.settle()

        assert [text[0] for text in tab.received] == ["x", "y", "z"]

    async def test_counts_bytes_and_not_characters(self, tab, clock):
        tab.show("漢" * 90_000)
        clock.move(0.016)
        tab.show("z")
        clock.move(0.016)

        assert len(tab.received) == 1

    async def test_does_not_hold_back_a_frame_that_is_larger(self, tab, clock):
        tab.show("x" * 1_000_000)
        clock.settle()

        assert len(tab.received) == 1

    async def test_is_nobody_elses(self, full, delivery, clock):
        other = Tab(delivery)
        other.show(1)
        clock.settle()

        assert other.received == [1]


class TestABrowserThatIsSilent:
    async def test_is_given_up_after_fifteen_seconds(self, tab, clock):
        tab.show(1)
        clock.move(14.9)
        assert tab.reasons == []

        clock.move(0.2)

        assert tab.reasons == ["The browser has acknowledged nothing for 15 s."]

    async def test_is_given_up_also_when_it_repeats_itself(self, tab, clock):
        tab.show(1)
        clock.settle()
        for _ in range(16):
            clock.move(1)
            tab.outlet.acknowledge(0)

        assert tab.reasons == ["The browser has acknowledged nothing for 15 s."]

    async def test_is_not_given_up_when_it_is_slow(self, tab, clock):
        for number in range(4):
            tab.show(number)
            clock.move(0.016)
        for frames in (1, 2, 3, 4):
            clock.move(14)
            tab.outlet.acknowledge(frames)

        clock.move(100)

        assert tab.reasons == []

    async def test_is_not_waited_for_when_it_has_left(self, tab, clock):
        tab.show(1)
        clock.settle()

        tab.outlet.close()
        clock.move(100)

        assert tab.reasons == []


class TestASocketThatIsSlow:
    @pytest.fixture
    async def slow(self, delivery, clock):
        tab = Tab(delivery)
        tab.may_send = asyncio.Event()
        tab.show(1)
        clock.settle()
        return tab

    async def test_holds_back_nobody_else(self, slow, delivery, clock):
        other = Tab(delivery)
        other.show(1)
        clock.settle()

        assert (slow.received, other.received) == ([], [1])
        slow.outlet.close()

    async def test_is_given_nothing_meanwhile_and_the_newest_state_then(self, slow, clock):
        for number in range(2, 10):
            slow.show(number)
            clock.move(0.016)
        assert slow.view.renders == [1]

        slow.may_send.set()
        await turns()
        clock.move(0.016)

        assert slow.received == [1, 9]

    async def test_keeps_the_order_of_what_is_urgent(self, slow, clock):
        for seq in (1, 2, 3):
            slow.answer(seq)
        slow.show(2)

        slow.may_send.set()
        await turns()
        clock.settle()

        assert slow.received == [1, (2, 1), (None, 2), (None, 3)]

    async def test_may_acknowledge_what_it_is_being_sent(self, slow, clock):
        slow.outlet.acknowledge(1)

        clock.move(100)

        assert slow.reasons == []
        slow.outlet.close()

    @pytest.mark.parametrize("begun", [False, True])
    async def test_is_given_up_in_the_middle_of_a_frame_when_its_page_closes(self, slow, clock, begun):
        if begun:
            await turns()
        task = slow.outlet.task

        slow.outlet.close()
        await asyncio.wait({task})
        slow.may_send.set()
        clock.settle()

        assert task.cancelled()
        assert slow.received == []

    async def test_is_waited_for_by_a_page_that_ends(self, slow, clock):
        draining = asyncio.create_task(slow.outlet.drained())
        await turns()
        assert not draining.done()

        slow.may_send.set()
        await turns()

        assert draining.done()
        assert slow.received == [1]


class TestAPageThatEnds:
    async def test_is_sent_its_replies_and_no_more_patches(self, tab, clock):
        tab.frames.is_finished = True
        tab.show(1)
        clock.move(0.016)
        assert tab.received == []

        tab.answer(1)
        clock.settle()
        await tab.outlet.drained()

        assert tab.received == [(1, 1)]

    async def test_does_not_wait_for_a_browser_that_does_not_acknowledge(self, tab, clock):
        for seq in range(40):
            tab.answer(seq)
        clock.settle()

        await tab.outlet.drained()

        assert len(tab.received) == 32


class TestAPass:
    async def test_lets_the_loop_read_what_has_come_after_a_slice(self, delivery, clock):
        tabs = [Tab(delivery) for _ in range(10)]
        for tab in tabs:
            tab.view.while_rendering = lambda: setattr(clock, "now", clock.now + 0.003)
            tab.show(1)

        served = []
        for _ in range(4):
            clock.turn()
            served.append(sum(map(len, (tab.received for tab in tabs))))

        assert served == [3, 6, 9, 10]

    async def test_comes_to_every_page_before_it_comes_to_one_again(self, delivery, clock):
        tabs = [Tab(delivery) for _ in range(10)]
        for tab in tabs:
            tab.view.while_rendering = lambda: setattr(clock, "now", clock.now + 0.003)
        for number in range(1, 100):
            for tab in tabs:
                tab.show(number)
            clock.turn()
            for timer in [timer for timer in clock.timers if timer[0] <= clock.now]:
                clock.timers.remove(timer)
                timer[1]()
            for tab in tabs:
                tab.outlet.acknowledge(len(tab.received))

        counts = [len(tab.received) for tab in tabs]
        assert max(counts) - min(counts) <= 1
        assert min(counts) > 5

    async def test_leaves_out_a_page_that_closes_meanwhile(self, delivery, clock):
        one, two = Tab(delivery), Tab(delivery)
        one.view.while_rendering = two.outlet.close
        one.show(1)
        two.show(1)

        clock.settle()

        assert (one.received, two.received) == ([1], [])

    async def test_renders_each_page_in_its_language_and_leaves_nothing_behind(self, delivery, clock):
        seen = []

        def look():
            seen.append(translation.get_language())
            translation.activate("fr")

        tabs = [Tab(delivery, (language, "UTC", "/")) for language in ("en", "de", "en", "de", None)]
        for tab in tabs:
            tab.view.while_rendering = look
            tab.show(1)
        before = translation.get_language()

        clock.settle()

        assert seen == ["en", "de", "en", "de", None]
        assert translation.get_language() == before

    async def test_what_a_view_changes_while_it_is_rendered_is_another_patch_later(self, tab, clock):
        def change():
            if tab.view.number < 3:
                tab.show(tab.view.number + 1)

        tab.view.while_rendering = change
        tab.show(1)

        clock.settle()
        assert tab.received == [1]
        clock.move(0.032)

        assert tab.received == [1, 2, 3]


class TestIdle:
    async def test_is_waited_for_until_the_last_page_has_its_newest_state(self, delivery, clock):
        tab = Tab(delivery)
        tab.show(1)
        clock.settle()
        tab.show(2)
        waiting = asyncio.create_task(delivery.idle())
        await turns()
        assert not waiting.done()

        clock.move(0.016)
        await turns()

        assert waiting.done()
        assert tab.received == [1, 2]

    async def test_is_not_reached_while_a_page_is_held_back(self, delivery, clock):
        tab = Tab(delivery)
        for seq in range(33):
            tab.answer(seq)
        clock.settle()
        assert not delivery.is_idle

        tab.outlet.acknowledge(1)
        clock.settle()

        assert delivery.is_idle

    async def test_is_reached_when_the_page_that_is_held_back_leaves(self, delivery, clock):
        tab = Tab(delivery)
        for seq in range(33):
            tab.answer(seq)
        clock.settle()
        waiting = asyncio.create_task(delivery.idle())
        await turns()

        tab.outlet.close()
        await turns()

        assert waiting.done()
