"""Live views in another one of a test page: those that move, and events that go to them."""

import pytest

from liveex_django.testing import ElementNotFound

from . import stores


class TestAMovedView:
    def test_keeps_its_state_in_a_test_page(self, live_client):
        page = live_client.get("/cards/")
        page.click("section:nth-of-type(1) button")

        stores.shop.at().commit("turn_around")
        stores.shop.at().commit("add_in_front")

        assert page.texts("section b") == ["Fork 0", "Wheels 0", "Laptop 0", "Spoon 1"]


class TestTarget:
    def test_is_told_what_its_view_offers(self, live_client):
        page = live_client.get("/cards/")

        page.click("#count-first")

        assert page.texts("section b") == ["Spoon 1", "Laptop 0", "Wheels 0"]

    def test_that_is_not_there_is_said(self, live_client):
        page = live_client.get("/cards/")

        with pytest.raises(ElementNotFound, match="its lx-target finds no live view in the page"):
            page.click("#count-none")


class TestAnEventOfNoElement:
    def test_goes_to_the_view_of_a_selector(self, live_client):
        page = live_client.get("/cards/")

        page.send_event("count", view="section:nth-of-type(2) b")

        assert page.texts("section b") == ["Spoon 0", "Laptop 1", "Wheels 0"]

    def test_that_finds_nothing_is_said(self, live_client):
        page = live_client.get("/cards/")

        with pytest.raises(ElementNotFound):
            page.send_event("count", view="#nowhere")
