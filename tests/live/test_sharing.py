"""Visitors who look at one store: what is the same for all is made once, and what is somebody's reaches nobody else."""

import json

import pytest

from . import stores
from .templatetags.liveex_tests import noted_values
from .visitors import logged_in, make_user


@pytest.fixture(autouse=True)
def nothing_noted():
    noted_values.clear()


async def tab_of(name, browser, *permissions):
    tab = browser(await logged_in(await make_user(name, *permissions)))
    await tab.open("/shared/")
    return tab


def text(value):
    return json.dumps(value)


class TestTwoVisitors:
    async def test_are_shown_the_same_values_once(self, browser):
        ann, ben = await tab_of("ann", browser), await tab_of("ben", browser)
        await stores.board.at().acommit("write", "first")
        first = [await ann.patch(), await ben.patch()]
        noted_values.clear()

        await stores.board.at().acommit("add", 3)

        second = [await ann.patch(), await ben.patch()]
        assert noted_values == [3, 6]
        assert "first" in text(first[0])
        assert all(text("3") in text(patch) for patch in second)

    async def test_get_nothing_of_each_other(self, browser):
        ann, ben = await tab_of("ann", browser, "add_user"), await tab_of("ben", browser)

        for number in range(3):
            await stores.board.at().acommit("write", f"line {number}")
            await stores.board.at().acommit("add", 1)
            await ann.event("rename", me=f"anna {number}")
        shown = {"ann": ann.frames, "ben": await self.frames_of(ben)}

        for other, frames in (("ben", shown["ann"]), ("ann", shown["ben"])):
            assert other not in text(frames)
        assert "line 2" in text(shown["ben"])
        assert "anna 2" in text(shown["ann"])

    @staticmethod
    async def frames_of(tab):
        while "line 2" not in text(tab.frames) or '"3"' not in text(tab.frames):
            await tab.receive()
        return tab.frames


class TestVisitorsWhoComeOneAfterTheOther:
    async def test_are_served_what_was_made_for_the_first(self, browser):
        ann = await tab_of("ann", browser)
        noted_values.clear()

        ben = await tab_of("ben", browser)

        assert noted_values == []
        assert ann.tokens.keys() == ben.tokens.keys()

    async def test_have_it_made_anew_after_a_change(self, browser):
        ann = await tab_of("ann", browser)
        noted_values.clear()

        await stores.board.at().acommit("add", 4)
        await ann.patch()
        await tab_of("ben", browser)

        assert noted_values.count(4) == 1


class TestAStateOfThePage:
    async def test_may_get_names_that_nobody_knew_when_it_was_shown_first(self, browser):
        tab = browser()
        await tab.open("/notes/")
        await stores.board.at().acommit("add", 1)
        await tab.patch()

        frame = await tab.event("note", name="later", text="two")

        assert "two" in text(frame["patch"])
