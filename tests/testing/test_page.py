"""What a page shows, what was sent to it, and what happens when its connection is lost."""

import pytest

from liveex_django.testing import (
    ElementNotFound,
    EventRejected,
    MissingPatch,
    PageClosed,
    PageNotOpened,
    UnexpectedPatch,
)

from . import stores


class TestReading:
    @pytest.fixture
    def page(self, live_client):
        return live_client.get("/shop/")

    def test_texts(self, page):
        assert page.text("h1") == "Shop"
        assert page.texts("tbody td:first-child") == ["Spoon", "Laptop", "Wheels"]
        assert page.texts("tbody .none") == []

    def test_by_role_and_name(self, page):
        assert page.text(role="button", name="House") == "House"

    def test_all_that_is_given_must_hold(self, page):
        assert page.text("#item-2 button", role="button") == "Order"
        assert "3 things" in page.text()
        with pytest.raises(ElementNotFound):
            page.text("#item-2 td", role="button")

    def test_whether_there_is_something(self, page):
        assert page.has("button", text="House")
        assert not page.has("button", text="Garden")
        assert page.count("tbody tr") == 3
        assert page.count(role="table") == 1

    def test_attributes_without_those_of_the_wire_format(self, page):
        assert page.attributes("#item-1 button") == {"lx-click": "order", "lx-value-item_id": "1"}
        assert page.attribute("#item-1 button", "disabled") is None
        assert "lx-e" not in page.html("tbody")

    def test_a_table(self, page):
        assert page.table() == [
            ["Name", "Count", ""],
            ["Spoon", "5", "Order"],
            ["Laptop", "1", "Order"],
            ["Wheels", "4", "Order"],
        ]

    def test_html_as_the_template_made_it(self, page):
        assert page.html("#selected") == '<p id="selected"></p>'

    def test_what_a_repr_says(self, page):
        assert repr(page) == "<LivePage /shop/>"


class TestForms:
    @pytest.fixture
    def page(self, live_client):
        return live_client.get("/form/")

    def test_fields_have_values(self, page):
        assert page.value("#note") == page.value(role="textbox", name="Note") == ""
        assert page.value('[name="color"]') == "red"
        assert page.value('[name="sizes"]') == ["M"]
        assert page.value('[name="done"]') is False

    def test_a_change_is_sent_and_the_field_keeps_it(self, page):
        page.change("#note", "  hello ")

        assert page.text("#said").startswith("hello red")
        assert page.value("#note") == "  hello "
        assert page.attribute("#note", "value") == "hello"

    def test_a_change_to_nothing_says_how(self, page):
        with pytest.raises(TypeError, match="needs the value to put into the field"):
            page.change("#note")

    def test_a_change_by_name(self, page):
        page.change(value="x", role="textbox", name="Note")

        assert page.text("#said").startswith("x red")

    def test_a_form_is_filled_and_sent(self, page):
        page.submit("#choose", {"color": "Blue", "sizes": ["S", "L"], "done": True})

        assert page.text("#said").startswith("blue S,L True")

    def test_the_button_that_is_clicked_goes_with_it(self, page):
        page.change('#add [name="name"]', "Fork")
        page.click("button", text="Two")

        assert page.text("#said").endswith(" 5 2")

    def test_keys(self, page):
        page.key("x", "#keys")
        assert page.text("#said").startswith("pressed x")

        page.key("Escape", "#escape")
        assert page.text("#said").startswith("pressed Escape")

    async def test_all_of_it_in_an_async_test(self, live_client):
        page = await live_client.aget("/form/")

        await page.achange("#note", "hello")
        assert page.text("#said").startswith("hello")
        await page.asubmit("#choose", {"color": "blue"})
        assert "blue M False" in page.text("#said")
        await page.akey("x", "#keys")
        assert page.text("#said").startswith("pressed x")
        await page.asend_event("write", [("note", "raw")])
        assert page.text("#said").startswith("raw")


class TestWhatElseAPersonDoes:
    def test_reaches_the_view(self, live_client):
        page = live_client.get("/telling/")

        page.click_away("ul")
        assert page.text("p") == "away"
        page.scroll_to("li")
        assert page.text("p") == "seen"
        page.focus("input")
        assert page.text("p") == "field"
        page.paste("pasted", "input")
        assert page.text("p") == "pasted"
        page.blur("input")
        assert page.text("p") == "field"
        page.window("keydown", key="Control+k")
        assert page.text("p") == "field k"

    async def test_reaches_it_in_an_async_test(self, live_client):
        page = await live_client.aget("/telling/")

        await page.aclick_away("ul")
        await page.ascroll_to("li")
        assert page.text("p") == "seen"
        await page.afocus("input")
        await page.ablur("input")
        await page.apaste("pasted", "input")
        assert page.text("p") == "pasted"
        await page.awindow("keydown", key="Control+k")
        assert page.text("p") == "field k"


class TestMessages:
    def test_are_what_the_user_was_told(self, live_client):
        page = live_client.get("/telling/")
        assert page.messages == []

        page.click("button")

        assert page.messages == [("safe success", "Saved.")]

    def test_of_an_event_whose_answer_was_lost_come_once(self, live_client):
        page = live_client.get("/telling/")

        page.disconnect()
        page.click("button")
        page.reconnect()

        assert page.messages == [("safe success", "Saved.")]


class TestPatches:
    def test_what_was_sent_since_the_last_click(self, live_client):
        one, two = live_client.get("/shop/"), live_client.get("/shop/")

        one.click("#item-1 button")

        assert two.last_patch.slots == one.last_patch.slots
        assert two.last_patch.bytes < one.last_patch.bytes < 200
        assert [frame.keys() for frame in two.last_patch.frames] == [{"patch"}]
        one.assert_patched()
        two.assert_patched("#item-1")

    def test_every_click_begins_anew(self, live_client):
        one, two = live_client.get("/shop/"), live_client.get("/tab/")

        one.click("#item-1 button")
        two.click("button")

        one.assert_no_patch()
        two.assert_patched("button")

    def test_a_missing_patch_is_told(self, live_client):
        page = live_client.get("/shop/")

        with pytest.raises(MissingPatch, match="/shop/ got no patch"):
            page.assert_patched()

    def test_a_patch_elsewhere_is_told_with_its_slots(self, live_client):
        page = live_client.get("/shop/")
        page.click("#item-1 button")

        with pytest.raises(MissingPatch, match=r'not in <p id="selected">: only in the slots 0/0/\d'):
            page.assert_patched("#selected")

    def test_an_unexpected_patch_is_told_with_its_frames(self, live_client):
        page = live_client.get("/shop/")
        page.click("#item-1 button")

        with pytest.raises(UnexpectedPatch, match=r"(?s)/shop/ was patched in the slots 0/0/.*bytes\): \[\{'patch'"):
            page.assert_no_patch()

    def test_new_rows_count_as_patched(self, live_client):
        page = live_client.get("/shop/")

        stores.shop.at().dispatch("add", "Fork")

        page.assert_patched("#item-4")
        page.assert_patched("#item-4 button")


class TestTheConnection:
    def test_a_lost_page_stays_as_it_is_until_it_is_back(self, live_client):
        one, two = live_client.get("/shop/"), live_client.get("/shop/")

        one.disconnect()
        two.click("button", text="House")

        assert not one.is_connected
        assert one.text("#selected") == ""
        one.reconnect()
        assert one.is_connected
        assert one.text("#selected") == "House"

    def test_events_wait_and_are_sent_when_it_is_back(self, live_client):
        one, two = live_client.get("/shop/"), live_client.get("/shop/")
        one.disconnect()

        one.click("button", text="House")
        assert two.text("#selected") == ""
        one.reconnect()

        assert one.text("#selected") == two.text("#selected") == "House"

    def test_a_refusal_then_is_told_by_reconnect(self, live_client):
        page = live_client.get("/shop/")
        page.disconnect()
        page.send_event("order", {"item_id": "2", "quantity": "9"})

        with pytest.raises(EventRejected, match="not enough in stock"):
            page.reconnect()

    def test_the_state_of_a_tab_survives(self, live_client):
        page = live_client.get("/tab/")
        page.click("button")

        page.disconnect()
        page.reconnect()

        assert page.text("button") == "1"

    def test_nothing_is_sent_that_the_page_shows_already(self, live_client):
        page = live_client.get("/tab/")

        page.disconnect()
        page.reconnect()

        page.assert_no_patch()

    async def test_it_works_in_an_async_test(self, live_client):
        page = await live_client.aget("/tab/")

        await page.adisconnect()
        await page.aclick("button")
        await page.areconnect()

        assert page.text("button") == "1"

    def test_a_connected_page_is_not_connected_twice(self, live_client):
        with pytest.raises(PageClosed, match=r"Call disconnect\(\) first"):
            live_client.get("/tab/").reconnect()

    @pytest.mark.django_db
    def test_a_page_of_somebody_who_logged_out_is_refused(self, live_client):
        from django.contrib.auth.models import User

        live_client.force_login(User.objects.create_user("ann"))
        page = live_client.get("/members/")
        page.disconnect()
        live_client.logout()

        with pytest.raises(PageNotOpened, match=r"4401, the join token is expired, changed, or of another visitor"):
            page.reconnect()
        assert page.close_code == 4401

    def test_a_change_that_cannot_be_placed_brings_the_view_anew(self, live_client):
        page = live_client.get("/shop/")
        for comment in page._conversation.root.xpath('//*[@id="shop"]//comment()'):
            comment.text = "gone"

        page.click("#item-1 button")

        assert page.text("#item-1 td:nth-child(2)") == "4"
