"""Nested live views in loops, found again by their keys."""

import re

import pytest
from django.urls import path

from liveex_django.exceptions import InvalidKey
from liveex_django.live import LiveView, event
from liveex_django.live.children import Place
from liveex_django.store import Store

pytestmark = pytest.mark.django_db(transaction=True)

rows = Store("tests.children", scope="global", state={"rows": [], "told": True})
mounts = []


@rows.mutation
def put(state, ids: list[str], label: str = "plain"):
    state["rows"] = [{"id": id, "label": label} for id in ids]


class List(LiveView):
    store = rows
    template_name = "live_children/list.html"


class Row(LiveView):
    """Told of other arguments, unless its label is to be another view's."""

    template_name = "live_children/row.html"

    def has_permission(self):
        return self.kwargs["label"] != "secret"

    def mount(self):
        if self.connected:
            mounts.append(self.kwargs["item"])
        self.assigns.update(label=self.kwargs["label"], mounts=len(mounts), clicks=0)

    async def handle_kwargs(self, kwargs):
        if kwargs["label"] == "broken":
            raise RuntimeError("not with these")
        self.assigns["label"] = kwargs["label"]

    @event
    async def click(self):
        self.assigns["clicks"] += 1


urlpatterns = [path("list/", List.as_view())]


@pytest.fixture(autouse=True)
def own_pages(settings):
    settings.ROOT_URLCONF = __name__
    mounts.clear()


async def show(*ids, **more):
    await rows.at().acommit("put", list(ids), **more)


async def opened(browser, *ids):
    await show(*ids)
    tab = browser()
    await tab.open("/list/")
    return tab


def views_of(html):
    """The ids of the nested views, in the order of the page."""
    return re.findall(r'lx-view="(0-[^"]+)"', html)


class TestAViewWithAKey:
    async def test_is_the_same_in_the_join_and_wherever_it_stands(self, browser):
        tab = await opened(browser, "a", "b")
        first, second = views_of(tab.html)

        await show("new", "b", "a")
        patch = await tab.patch()

        order = patch["0"]["0"]["0"]["="]
        assert order[1:] == [1, 0]
        assert mounts == ["a", "b", "new"]
        assert (await tab.event("click", view=first))["reply"][1] == "applied"
        assert (await tab.event("click", view=second))["reply"][1] == "applied"

    async def test_ends_with_its_key(self, browser):
        tab = await opened(browser, "a", "b")
        first, second = views_of(tab.html)

        await show("b")
        await tab.patch()

        assert (await tab.event("click", view=first))["reply"][1] == "failed"
        assert (await tab.event("click", view=second))["reply"][1] == "applied"

    async def test_goes_from_one_list_to_another_as_what_it_is(self, browser):
        tab = await opened(browser, "a")
        (view,) = views_of(tab.html)
        await tab.event("click", view=view)

        await show()
        await tab.patch()
        await show("a")
        await tab.patch()

        assert mounts == ["a", "a"]

    async def test_is_sent_when_the_join_shows_another_one_in_its_place(self, browser):
        await show("a")
        tab = browser()
        await tab.get("/list/")
        await show("b")

        frame = await tab.join()

        assert views_of(frame["joined"]["views"]["0"]["0"][1]["r"][0][1]) != views_of(tab.html)

    async def test_is_told_of_other_arguments(self, browser):
        tab = await opened(browser, "a")
        (view,) = views_of(tab.html)

        await show("a", label="other")

        assert await tab.patch() == {view: {"0": {"1": "other"}}}
        assert mounts == ["a"]

    @pytest.mark.parametrize(("label", "code"), [("broken", "liveex.render-error"), ("secret", "liveex.render-error")])
    async def test_is_replaced_when_it_cannot_take_them(self, browser, label, code, caplog):
        tab = await opened(browser, "a")
        (view,) = views_of(tab.html)

        await show("a", label=label)
        frame = await tab.receive()

        assert frame["error"]["code"] == code
        assert (await tab.event("click", view=view))["reply"][1] == "failed"

    async def test_has_an_id_that_a_hostile_key_has_no_part_in(self, browser):
        tab = await opened(browser, '"><script>', "0-1", "__proto__")

        assert all(re.fullmatch(r"0-k[0-9a-f]{24}", view) for view in views_of(tab.html))
        assert "<script>" not in tab.html.split("<ul>")[1].split("</ul>")[0]


class TestKeys:
    async def test_that_stand_twice_are_named(self, browser, caplog):
        tab = await opened(browser, "a")

        await show("b", "b")
        frame = await tab.receive()

        assert frame["error"]["code"] == "liveex.render-error"
        assert "A {% live_view %} of Row has the key 'b', which another one of the same tag has" in caplog.text

    @pytest.mark.parametrize("key", ["", None, True, 1.5, [1], object()])
    def test_are_texts_or_numbers(self, key):
        place = Place("0", "list.html:0", "" if key is None else key)

        with pytest.raises(InvalidKey, match="neither a text nor a number"):
            place.name(Row)

    def test_of_two_tags_are_apart(self):
        assert Place("0", "list.html:0", "a").name(Row) != Place("0", "list.html:1", "a").name(Row)
