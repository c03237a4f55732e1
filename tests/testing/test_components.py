"""Components in live views: their events, and what a change of the state sends."""

from . import stores


class TestComponents:
    def test_send_the_events_in_them_to_the_view_around(self, live_client):
        page = live_client.get("/boxes/")

        page.click("#box-1 button")

        assert page.text("#box-1 h2") == "Spoon 4"

    def test_are_sent_as_the_value_that_changed(self, live_client):
        page, other = live_client.get("/boxes/"), live_client.get("/boxes/")
        page.click("#box-1 button")

        assert [frame["patch"] for frame in other.last_patch.frames] == [{"0": {"0": {"0": {"0": {"1": {"1": "4"}}}}}}]

    def test_show_in_their_slots_what_the_view_has(self, live_client):
        page = live_client.get("/boxes/")

        stores.shop.at().commit("set_note", "soon")

        assert page.texts("footer") == ["House soon", "Office soon", "Car soon"]
