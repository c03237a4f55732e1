"""How much may be on the way to a browser."""

import re
from pathlib import Path

import pytest

from liveex_django.exceptions import InvalidFrame
from liveex_django.live import window as module
from liveex_django.live.window import Window

ROOT = Path(__file__).parents[2]


def sent(*sizes):
    window = Window()
    for size in sizes:
        window.send(size)
    return window


class TestWindow:
    def test_is_full_with_32_frames(self):
        assert not sent(*[10] * 31).is_full
        assert sent(*[10] * 32).is_full

    def test_is_full_with_256_kib(self):
        assert not sent(200_000, 62_143).is_full
        assert sent(200_000, 62_144).is_full

    def test_takes_a_frame_that_is_larger_than_all_of_it(self):
        assert not Window().is_full
        assert sent(10_000_000).is_full

    def test_has_room_again_for_what_was_acknowledged(self):
        window = sent(200_000, *[10] * 31)

        window.acknowledge(1)

        assert not window.is_full
        window.send(262_144 - 310)
        assert window.is_full

    def test_is_empty_when_all_has_arrived(self):
        window = sent(1, 2, 3)

        window.acknowledge(2)
        assert not window.is_empty
        window.acknowledge(3)

        assert window.is_empty
        assert window.acknowledged == 3

    def test_says_whether_an_acknowledgement_brought_anything(self):
        window = sent(1, 2)

        assert [window.acknowledge(frames) for frames in (1, 1, 2, 2)] == [True, False, True, False]

    @pytest.mark.parametrize("frames", [0, 1, 5, 2**53 - 1])
    def test_refuses_what_cannot_be(self, frames):
        window = sent(1, 2, 3, 4)
        window.acknowledge(2)

        with pytest.raises(InvalidFrame, match=rf"acknowledges {frames} frames, and 4 were sent, of which .* 2\."):
            window.acknowledge(frames)

        assert window.acknowledged == 2

    def test_is_twice_what_the_script_leaves_unacknowledged(self):
        script = (ROOT / "liveex_django/client/acknowledgements.js").read_text()
        halves = {
            name: int(value.replace("_", "")) for name, value in re.findall(r"^const (MOST_\w+) = (\w+);", script, re.M)
        }

        assert {name: 2 * half for name, half in halves.items()} == {
            name: getattr(module, name) for name in ("MOST_FRAMES", "MOST_BYTES")
        }
