"""Loops: rows are inserted, moved and removed as nodes."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.client.live_page import LivePage, OpenPage, region

pytestmark = pytest.mark.browser

PARTS = {"row": ['<li lx-e="0" ', "><input><!--[1-->", "<!--]--></li>"]}


def row(name: str) -> str:
    return f'<!--:--><li lx-e="0" id="{name}"><input><!--[1-->{name}<!--]--></li>'


def loop(*names: str) -> str:
    return region(f"<ul><!--[0-->{''.join(map(row, names))}<!--]--></ul><!--[1-->after<!--]-->")


def new(*names: str) -> dict[str, object]:
    return {"f": "row", "r": [[f'id="{name}"', name] for name in names]}


def shown(page: LivePage) -> list[str]:
    return page.find("li").all_text_contents()


class TestOrder:
    def test_moves_rows_as_nodes(self, open_page: OpenPage) -> None:
        page = open_page(loop("a", "b", "c", "d"))
        page.evaluate("window.old = [...document.querySelectorAll('li')]")

        page.patch({"0": {"0": {"=": [3, [0, 2]]}}})

        assert shown(page) == ["d", "a", "b", "c"]
        assert page.evaluate("[...document.querySelectorAll('li')].map((li) => old.indexOf(li))") == [3, 0, 1, 2]

    def test_moves_no_more_rows_than_it_must(self, open_page: OpenPage) -> None:
        page = open_page(loop("a", "b", "c", "d"))
        page.patch({"0": {"1": "the first patch takes the digest away"}})
        page.watch()

        page.patch({"0": {"0": {"=": [3, [0, 2]]}}})

        # One row is two nodes, its comment and its element; each is taken out and put in.
        assert page.changes() == ["childList UL"] * 4

    def test_removes_rows_that_are_not_named(self, open_page: OpenPage) -> None:
        page = open_page(loop("a", "b", "c"))

        page.patch({"0": {"0": {"=": [1]}}})

        assert page.html("ul") == f"<!--[0-->{row('b')}<!--]-->"

    def test_inserts_new_rows_anywhere(self, open_page: OpenPage) -> None:
        page = open_page(loop("a", "b"))

        page.patch({"0": {"0": {"=": [new("x", "y"), 0, new("z"), 1, new("w")]}}}, parts=PARTS)

        assert shown(page) == ["x", "y", "a", "z", "b", "w"]

    def test_is_followed_by_diffs_of_rows_by_their_new_numbers(self, open_page: OpenPage) -> None:
        page = open_page(loop("a", "b"))

        page.patch(
            {"0": {"0": {"=": [1, 0, new("c")], "0": {"1": "B"}, "2": {"1": "C", "0": {"id": "C"}}}}}, parts=PARTS
        )

        assert shown(page) == ["B", "a", "C"]
        assert page.find("#C").count() == 1

    def test_fills_an_empty_loop(self, open_page: OpenPage) -> None:
        page = open_page(loop())

        page.patch({"0": {"0": {"=": [new("a")]}}}, parts=PARTS)
        page.patch({"0": {"0": {"0": {"1": "A"}}}})

        assert shown(page) == ["A"]

    def test_never_takes_the_focus_from_a_field_in_a_row(self, open_page: OpenPage) -> None:
        page = open_page(loop("a", "b", "c", "d"))
        page.find("#a input").click()
        page.find("#a input").press_sequentially("typed")
        page.evaluate("document.activeElement.setSelectionRange(1, 3); window.blurs = 0")
        page.evaluate("document.addEventListener('focusout', () => blurs++)")

        page.patch({"0": {"0": {"=": [3, 2, 1, 0]}}})

        assert shown(page) == ["d", "c", "b", "a"]
        assert page.evaluate("[document.activeElement.closest('li').id, document.activeElement.value, blurs]") == [
            "a",
            "typed",
            0,
        ]
        assert page.evaluate("[document.activeElement.selectionStart, document.activeElement.selectionEnd]") == [1, 3]

    @pytest.mark.parametrize("order", [[7], [0, 0], [[0, 5]]])
    def test_that_makes_no_sense_asks_for_the_view(self, open_page: OpenPage, order: list[object]) -> None:
        page = open_page(loop("a", "b"))

        page.patch({"0": {"0": {"=": order}}})

        assert page.sent("resync") == [{"type": "resync", "view": "0"}]
        assert len(page.messages()) == 1


class TestReplacedLoops:
    def test_show_the_new_rows(self, open_page: OpenPage) -> None:
        page = open_page(loop("a", "b"))

        page.patch({"0": {"0": new("b", "c"), "1": "still"}}, parts=PARTS)
        page.patch({"0": {"0": {"1": {"1": "C"}}}})

        assert shown(page) == ["b", "C"]
        assert page.find("[lx-view]").text_content() == "bCstill"

    def test_may_become_the_empty_part_and_come_back(self, open_page: OpenPage) -> None:
        page = open_page(loop("a"))

        page.patch({"0": {"0": ["none"]}}, parts={"none": ["<li>nothing</li>"], **PARTS})
        assert shown(page) == ["nothing"]
        page.patch({"0": {"0": ""}})
        assert shown(page) == []
        page.patch({"0": {"0": new("a")}})

        assert page.html("ul") == '<!--[0--><!--:--><li lx-e="0" id="a"><input><!--[1-->a<!--]--></li><!--]-->'


class TestNestedLoops:
    def test_have_rows_and_slots_of_their_own(self, open_page: OpenPage) -> None:
        inner = "<!--:--><!--[0-->x<!--]--><!--:--><!--[0-->y<!--]-->"
        page = open_page(
            region(f"<p><!--[0--><!--:--><!--[0-->{inner}<!--]--><!--:--><!--[0-->{inner}<!--]--><!--]--></p>")
        )

        page.patch({"0": {"0": {"=": [1, 0], "0": {"0": {"=": [1], "0": {"0": "Y"}}}}}})

        assert page.find("p").text_content() == "Yxy"


class TestTables:
    HTML = region(
        "<table><tbody><!--[0--><!--:--><tr><td><!--[0-->a<!--]--></td></tr>"
        "<!--:--><tr><td><!--[0-->b<!--]--></td></tr><!--]--></tbody></table>"
    )

    def test_take_new_rows(self, open_page: OpenPage) -> None:
        page = open_page(self.HTML)

        page.patch(
            {"0": {"0": {"=": [1, {"f": "tr", "r": [["c"]]}, 0], "1": {"0": "C"}}}},
            parts={"tr": ["<tr><td><!--[0-->", "<!--]--></td></tr>"]},
        )

        assert page.find("tbody > tr > td").all_text_contents() == ["b", "C", "a"]


class TestAnySequenceOfOrders:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(seed=st.integers(0, 2**32))
    def test_shows_what_the_orders_say(self, shared_page: LivePage, seed: int) -> None:
        chance = random.Random(seed)
        names = shown(shared_page)
        for step in range(4):
            order: list[object] = []
            wanted: list[str] = []
            for number in chance.sample(range(len(names)), chance.randint(0, len(names))):
                order.append(number)
                wanted.append(names[number])
                if len(names) < 12 and chance.random() < 0.5:
                    fresh = f"n{seed}-{step}-{number}"
                    order.append(new(fresh))
                    wanted.append(fresh)
            order.append(new(f"last{seed}-{step}"))
            wanted.append(f"last{seed}-{step}")

            shared_page.patch({"0": {"0": {"=": order, "0": {"1": wanted[0]}}, "1": str(step)}})

            names = wanted
            assert shown(shared_page) == names
            assert shared_page.sent("resync") == []

    @pytest.fixture
    def shared_page(self, open_page: OpenPage) -> LivePage:
        page = open_page(loop("a", "b", "c"))
        page.receive(parts=PARTS)
        return page
