"""A tab of a test goes from query to query and from page to page, as a browser does."""

import pytest

from liveex_django.testing import ElementNotBound, EventRejected, PageNotOpened

pytestmark = pytest.mark.django_db


class TestPatch:
    @pytest.fixture
    def page(self, live_client):
        return live_client.get("/catalogue/", {"q": "a b"})

    def test_a_click_on_a_link_shows_the_query(self, page):
        page.click("#next")

        assert (page.url, page.title, page.text("#page")) == ("/catalogue/?page=2", "Page 2", "page 2")

    def test_without_a_link(self, page):
        page.patch("?page=4")

        assert (page.url, page.text("#page")) == ("/catalogue/?page=4", "page 4")

    def test_of_a_form_that_is_sent(self, page):
        page.submit("#search", {"q": "tea & milk"})

        assert (page.url, page.text("#page")) == ("/catalogue/?q=tea+%26+milk", "page 1 tea & milk")

    def test_of_a_form_that_is_changed(self, page):
        page.change("[name=sort]", "count")

        assert (page.url, page.text("#page")) == ("/catalogue/?sort=count", "page 1 count")
        with pytest.raises(PageNotOpened):
            page.back()

    def test_by_the_server(self, page):
        page.click("button", text="turn")

        assert (page.url, page.text("#page")) == ("/catalogue/?page=5", "page 5")

    def test_that_is_refused_leaves_the_url(self, page):
        with pytest.raises(EventRejected, match="There is no such page"):
            page.patch("?page=13")

        assert page.url == "/catalogue/?q=a+b"

    def test_is_still_there_after_a_reconnect(self, page):
        page.click("#next")
        page.disconnect()
        page.patch("?page=3")

        page.reconnect()

        assert (page.url, page.text("#page")) == ("/catalogue/?page=3", "page 3")

    def test_back_and_forward(self, page):
        page.click("#next")

        page.back()
        back = page.url, page.text("#page")
        page.forward()

        assert back == ("/catalogue/?q=a+b", "page 1 a b")
        assert (page.url, page.text("#page")) == ("/catalogue/?page=2", "page 2")


class TestNavigate:
    @pytest.fixture
    def page(self, live_client):
        return live_client.get("/catalogue/")

    def test_a_click_on_a_link_shows_the_page(self, page):
        before = page.page_key

        page.click("#detail")

        assert (page.url, page.text("h1")) == ("/detail/7/", "Detail 7")
        assert page.page_key != before
        assert page.is_connected

    def test_follows_redirects(self, page):
        page.click("#away")

        assert (page.url, page.text("h1")) == ("/detail/8/", "Detail 8")

    def test_by_the_server(self, page):
        page.click("button", text="finish")

        assert (page.url, page.text("h1")) == ("/detail/9/", "Detail 9")

    def test_back_shows_the_page_before(self, page):
        page.click("#next")
        page.navigate("/detail/3/")

        page.back()

        assert (page.url, page.text("#page")) == ("/catalogue/?page=2", "page 2")

    def test_to_a_page_that_is_not_live_says_so(self, page):
        with pytest.raises(PageNotOpened, match="no live view"):
            page.click("#dead")

    @pytest.mark.parametrize("link", ["#plain", "#file"])
    def test_other_links_are_followed_by_a_new_tab_only(self, page, link):
        with pytest.raises(ElementNotBound):
            page.click(link)

    @pytest.mark.django_db(transaction=True)
    async def test_in_async_tests(self, live_client):
        page = await live_client.aget("/catalogue/")

        await page.apatch("?page=2")
        await page.anavigate("/catalogue/?page=6")
        await page.aback()

        assert page.url == "/catalogue/?page=2"
