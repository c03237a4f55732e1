"""What was typed survives a reconnect, after which the server knows nothing of it."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def reconnect(page):
    page.disconnect()
    page.reconnect()


class TestRecovery:
    def test_what_was_typed_is_sent_again(self, live_client):
        page = live_client.get("/guests/")
        page.change("#id_name", "far too long a name")
        page.change("#id_email", "ada@example.com")

        reconnect(page)

        assert page.value("#id_name") == "far too long a name"
        assert page.value("#id_email") == "ada@example.com"
        assert "at most 10 characters" in page.text("#name-errors")
        page.submit("#guest", {"name": "Ada"})
        assert page.text("#said") == "Ada, 0 refused"

    def test_rows_that_were_added_come_back(self, live_client):
        page = live_client.get("/rows/")
        page.click('[name="form-ADD"]')
        page.change("#id_form-2-name", "Ada")

        reconnect(page)

        assert page.count("fieldset") == 3
        assert page.value("#id_form-2-name") == "Ada"

    def test_a_form_that_nobody_has_touched_sends_nothing(self, live_client):
        page = live_client.get("/guests/")

        reconnect(page)

        page.assert_no_patch()

    def test_a_form_that_was_reset_sends_nothing(self, live_client):
        page = live_client.get("/guests/")
        page.submit("#guest", {"name": "Ada", "email": "ada@example.com"})

        reconnect(page)

        assert page.value("#id_name") == ""
        assert page.value("#id_email") == "@example.com"

    def test_a_form_in_a_nested_view_goes_to_that_view(self, live_client):
        page = live_client.get("/around/")
        page.change("#id_name", "far too long a name")

        reconnect(page)

        assert "at most 10 characters" in page.text("#name-errors")

    def test_what_is_typed_while_it_is_away_is_sent_afterwards(self, live_client):
        page = live_client.get("/guests/")
        page.disconnect()
        page.change("#id_name", "far too long a name")

        page.reconnect()

        assert page.value("#id_name") == "far too long a name"
        assert "at most 10 characters" in page.text("#name-errors")
