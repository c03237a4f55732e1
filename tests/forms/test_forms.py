"""Forms in live views: what is wrong is shown for what was touched, and all of it once the form was sent."""

import pytest
from django.contrib.auth.models import Group, Permission, User

from liveex_django.exceptions import FileInLiveForm, InvalidDeclaration, InvalidPayload
from liveex_django.live.form_data import FormData
from liveex_django.testing import EventRejected

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page(live_client):
    return live_client.get("/guests/")


class TestTyping:
    def test_shows_no_error_before_a_field_is_touched(self, page):
        page.change("#id_name", "far too long a name")

        assert "at most 10 characters" in page.text("#name-errors")
        assert page.text("#email-errors") == ""

    def test_keeps_what_is_shown_while_other_fields_are_typed_in(self, page):
        page.change("#id_name", "far too long a name")

        page.change("#id_email", "nobody")

        assert "at most 10 characters" in page.text("#name-errors")
        assert "valid email" in page.text("#email-errors")

    def test_takes_an_error_away_when_it_is_mended(self, page):
        page.change("#id_name", "far too long a name")

        page.change("#id_name", "Ada")

        assert page.text("#name-errors") == ""
        assert page.value("#id_name") == "Ada"

    def test_a_field_of_several_controls_is_touched_when_all_are(self, page):
        page.change("#id_arrives_0", "nonsense")
        assert page.text("#arrives-errors") == ""

        page.change("#id_arrives_1", "12:00")

        assert "Enter a valid date." in page.text("#arrives-errors")

    def test_three_selects_of_a_date_are_one_field(self, page):
        page.change("#id_leaves_month", "February")
        page.change("#id_leaves_year", "2026")
        assert page.text("#leaves-errors") == ""

        page.change("#id_leaves_day", "31")

        assert "Enter a valid date." in page.text("#leaves-errors")

    def test_an_error_of_the_whole_form_waits_until_all_is_touched(self, page):
        page.change("#id_name", "root")

        assert page.text("#all-errors") == ""

    def test_starts_with_the_initial_values(self, page):
        assert page.value("#id_email") == "@example.com"

    @pytest.mark.parametrize("path", ["/div/", "/crispy/", "/tweaked/"])
    def test_works_however_the_template_writes_the_form(self, live_client, path):
        page = live_client.get(path)

        page.change("#id_email", "nobody")
        page.change("#id_name", "Ada")

        assert "Enter a valid email address." in page.text("#guest")
        assert "This field is required." not in page.text("#guest")
        assert page.value("#id_name") == "Ada"


class TestSubmitting:
    def test_shows_every_error(self, page):
        page.submit("#guest", {"name": "root", "email": "nobody"})

        assert "valid email" in page.text("#email-errors")
        assert page.text("#all-errors") == "Not this one."
        assert page.text("#said") == ", 1 refused"

    def test_leaves_every_error_while_typing_goes_on(self, page):
        page.submit("#guest", {"name": ""})

        page.change("#id_email", "nobody")

        assert "required" in page.text("#name-errors")

    def test_hands_a_valid_form_to_form_valid(self, page):
        page.submit("#guest", {"name": "Ada", "email": "ada@example.com"})

        assert page.text("#said") == "Ada, 0 refused"

    def test_a_form_that_is_reset_is_empty_also_where_the_visitor_is(self, page):
        page.submit("#guest", {"email": "ada@example.com", "name": "Ada"})

        assert page.value("#id_name") == ""
        assert page.value("#id_email") == "@example.com"
        page.change("#id_name", "Bob")
        assert page.text("#email-errors") == ""

    def test_a_form_nobody_typed_in_before_is_reset_too(self, live_client):
        page = live_client.get("/group/")

        page.submit("#group", {"name": "cooks"})

        assert Group.objects.get().name == "cooks"
        assert page.value("#id_name") == ""

    def test_ignores_names_that_the_form_does_not_have(self, page):
        page.send_event("save", {"name": "Ada", "email": "ada@example.com", "is_staff": "1"})

        assert page.text("#said") == "Ada, 0 refused"

    def test_refuses_half_a_character(self):
        with pytest.raises(InvalidPayload, match="whole characters"):
            FormData().decode_form([("name", "\ud800")])


class TestModelForm:
    @pytest.fixture
    def page(self, live_client):
        User.objects.create_user("ann", "ann@example.com")
        User.objects.create_user("bob")
        return live_client.get("/user/")

    def test_shows_the_object(self, page):
        assert page.value("#id_username") == "ann"

    def test_asks_the_database_while_somebody_types(self, page):
        page.change("#id_username", "bob")

        assert "already exists" in page.text("#user")

    def test_shows_nowhere_else_what_is_only_typed(self, page):
        page.change("#id_email", "new@example.com")

        assert page.text("h1") == "ann@example.com"

    def test_saves_and_leads_to_the_success_url(self, page):
        page.submit("#user", {"email": "new@example.com"})

        assert User.objects.get(username="ann").email == "new@example.com"
        assert page.redirect == "/done/"


class TestFormset:
    @pytest.fixture
    def page(self, live_client):
        return live_client.get("/rows/")

    def test_a_row_is_added_and_what_was_typed_stays(self, page):
        page.change("#id_form-0-name", "Ada")

        page.click('[name="form-ADD"]')

        assert page.count("fieldset") == 3
        assert page.value("#id_form-0-name") == "Ada"
        assert page.texts("em") == ["", "", ""]

    def test_a_row_that_is_added_has_its_initial_values(self, page):
        page.click('[name="form-ADD"]')

        form = page._conversation.root.xpath("//form")[0]
        values = dict(page._conversation.fields.form_values(form))
        row = {name.removeprefix("form-2-"): value for name, value in values.items() if name.startswith("form-2-")}
        assert row == {
            "name": "",
            "email": "",
            "arrives_0": "2026-12-24",
            "arrives_1": "18:00:00",
            "leaves_year": "2026",
            "leaves_month": "12",
            "leaves_day": "27",
            "vegan": "on",
            "meal": "fish",
        }

    def test_there_are_never_more_rows_than_the_formset_takes(self, page):
        for _ in range(3):
            page.click('[name="form-ADD"]')

        assert page.count("fieldset") == 3

    def test_a_row_is_removed_and_the_others_move_up(self, page):
        page.change("#id_form-0-name", "Ada")
        page.change("#id_form-1-name", "far too long a name")

        page.click('[name="form-REMOVE"][value="0"]')

        assert page.count("fieldset") == 1
        assert page.value("#id_form-0-name") == "far too long a name"
        assert "at most 10 characters" in page.text("em")

    def test_a_row_that_is_not_there_is_not_removed(self, page):
        with pytest.raises(EventRejected, match="no row '7'"):
            page.send_event("save", {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-REMOVE": "7"})

    def test_too_few_rows_are_told_after_submit(self, page):
        page.change("#id_form-0-name", "Ada")
        assert page.text("#all-errors") == ""

        page.click('[name="form-REMOVE"][value="0"]')
        page.click('[name="form-REMOVE"][value="0"]')
        page.click("#send")

        assert "at least 1 form" in page.text("#all-errors")

    def test_the_rows_are_handed_to_form_valid(self, page):
        page.submit("#rows", {"form-0-name": "Ada", "form-0-email": "ada@example.com"})

        assert page.text("#said") == "1"


class TestInlineFormset:
    @pytest.fixture
    def page(self, live_client):
        return live_client.get("/permissions/")

    def test_saves_rows_and_deletes_those_that_were_removed(self, page):
        rows = page.count("fieldset")
        page.click("button:contains('Remove')[value='0']")
        assert page.count("fieldset") == rows
        assert page.value("#id_permission_set-0-DELETE") is True
        page.click('[name="permission_set-ADD"]')

        page.submit(
            "#rows", {f"permission_set-{rows}-name": "Can cook", f"permission_set-{rows}-codename": "cook_group"}
        )

        assert Permission.objects.filter(codename="cook_group", content_type__model="group").exists()
        assert Permission.objects.filter(content_type__model="group").count() == rows
        assert page.redirect == "/done/"


class TestDeclaration:
    def test_a_file_field_is_refused_with_what_to_do_instead(self, client):
        with pytest.raises(FileInLiveForm, match="let an ordinary Django view take the file"):
            client.get("/upload/")

    def test_a_view_without_a_form_says_so(self, client):
        with pytest.raises(InvalidDeclaration, match=r"Formless has no form to show\. Add one: form_class = GuestForm"):
            client.get("/formless/")
