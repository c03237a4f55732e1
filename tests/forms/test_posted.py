"""Forms without JavaScript: the same view takes them over HTTP."""

import logging
import re

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(live_client):
    return live_client.get("/guests/")


def text_of(response):
    """What the page says, without the markers of the wire format."""
    return re.sub("<!--.*?-->", "", response.content.decode())


class TestFormMixin:
    def test_shows_the_errors_of_a_form_that_is_not_valid(self, page):
        response = page.post("#guest", {"name": "root", "email": "nobody"})

        assert response.status_code == 200
        assert "Enter a valid email address." in response.content.decode()
        assert 'value="root"' in response.content.decode()

    def test_shows_what_form_valid_has_made(self, page):
        response = page.post("#guest", {"name": "Ada", "email": "ada@example.com"})

        assert "Ada, 0 refused" in text_of(response)

    def test_leads_to_the_success_url(self, live_client):
        User.objects.create_user("ann")

        response = live_client.get("/user/").post("#user", {"email": "new@example.com"})

        assert (response.status_code, response["Location"]) == (302, "/done/")
        assert User.objects.get().email == "new@example.com"

    def test_leads_back_to_the_page_without_one(self, live_client):
        response = live_client.get("/group/", {"page": "2"}).post("#group", {"name": "cooks"})

        assert (response.status_code, response["Location"]) == (302, "/group/?page=2")
        assert Group.objects.get().name == "cooks"

    def test_adds_a_row_without_showing_errors(self, live_client):
        response = live_client.get("/rows/").post("#rows", {"form-0-name": "Ada"}, button='[name="form-ADD"]')

        html = response.content.decode()
        assert html.count("<fieldset>") == 3
        assert 'value="Ada"' in html
        assert "This field is required." not in html

    def test_the_page_that_comes_is_live_again(self, page, live_client):
        response = page.post("#guest", {"name": "root", "email": "nobody"})

        assert "lx-token=" in response.content.decode()
        assert response["Cache-Control"] == "no-store, private"

    def test_reaches_a_nested_view_by_its_id(self, client):
        response = client.post("/around/", {"lx-view": "0-0", "name": "Ada", "email": "ada@example.com"})

        assert "Ada, 0 refused" in text_of(response)

    def test_a_login_form_is_posted_when_the_server_says_so(self, live_client):
        User.objects.create_user("ann", password="secret word")
        page = live_client.get("/login/")
        page.submit("#login", {"username": "ann", "password": "wrong"})
        assert "correct username and password" in page.text("#login")

        page.submit("#login", {"username": "ann", "password": "secret word"})

        assert (page.response.status_code, page.response["Location"]) == (302, "/done/")
        assert not page.is_connected
        assert "sessionid" in live_client.http.cookies


class TestTypedEvents:
    def test_run_with_the_values_of_the_form(self, live_client):
        response = live_client.get("/plain/").post("form", {"title": "Milk"})

        assert "<h1>Milk 0</h1>" in text_of(response)

    def test_an_event_that_is_not_offered_is_refused(self, client, caplog):
        with caplog.at_level(logging.CRITICAL, "django"):
            response = client.post("/plain/", {"lx-submit": "secret"})

        assert response.status_code == 400

    @pytest.mark.parametrize(
        "values",
        [{}, {"lx-submit": "rename"}, {"lx-submit": "rename", "title": "x", "size": "big"}, {"lx-view": "7"}],
        ids=["no event", "no title", "no number", "no view"],
    )
    def test_what_does_not_fit_is_refused(self, client, caplog, values):
        with caplog.at_level(logging.CRITICAL, "django"):
            response = client.post("/plain/", values)

        assert response.status_code == 400

    def test_a_reject_is_a_conflict(self, client, caplog):
        with caplog.at_level(logging.CRITICAL, "django"):
            assert client.post("/plain/", {"lx-submit": "refuse"}).status_code == 409

    def test_a_view_without_post_events_takes_no_post(self, client, caplog):
        with caplog.at_level(logging.CRITICAL, "django"):
            response = client.post("/static/", {"lx-submit": "rename"})

        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")

    def test_the_same_permissions_hold(self, client):
        response = client.post("/members/", {"lx-submit": "rename", "title": "x"})

        assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/members/")


class TestForgery:
    @pytest.mark.parametrize("has_middleware", [True, False])
    def test_is_refused_whether_the_project_checks_or_not(self, settings, caplog, has_middleware):
        if not has_middleware:
            settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("CsrfViewMiddleware")]
        client = Client(enforce_csrf_checks=True)
        client.get("/group/")

        with caplog.at_level(logging.CRITICAL, "django"):
            response = client.post("/group/", {"name": "cooks"})

        assert response.status_code == 403
        assert not Group.objects.exists()

    def test_the_token_of_the_page_passes(self):
        client = Client(enforce_csrf_checks=True)
        token = client.get("/group/").content.decode().partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]

        response = client.post("/group/", {"name": "cooks", "csrfmiddlewaretoken": token})

        assert response.status_code == 302
        assert Group.objects.get().name == "cooks"
