"""The how-to guides: what they say can be done is done, in one project with the files of all."""

import json
import re
import urllib.error
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.docs.conftest import OpenPage
from tests.docs.documents import DOCS, Document
from tests.docs.howto_project import GUIDES, HowtoProject
from tests.docs.project import Project, Server
from tests.replication.redis_server import running

EXPLANATIONS = [Document(path) for path in sorted((DOCS / "explanation").glob("*.md"))]

by_name = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.path.stem)


class TestTheirCode:
    def test_makes_a_project_without_complaints(self, howto_project: HowtoProject):
        howto_project.run("manage.py", "check", "--fail-level", "WARNING")

    @by_name
    def test_every_module_can_be_imported(self, howto_project: HowtoProject, guide: Document):
        paths = {block.path for block in guide.blocks if block.language == "python" and block.path}
        modules = [path.removesuffix(".py").replace("/", ".") for path in sorted(paths)]

        howto_project.shell(f"import {', '.join(modules)}")

    def test_its_own_tests_pass(self, howto_project: HowtoProject):
        said = howto_project.run("manage.py", "test")

        assert "\nOK" in said

    @pytest.mark.parametrize("page", [*GUIDES, *EXPLANATIONS], ids=lambda page: page.path.stem)
    def test_what_is_no_file_runs(self, howto_project: HowtoProject, page: Document):
        howto_project.run("-m", "tests.docs.run_examples", str(page.path))


class TestStatePerUser:
    def test_the_windows_of_one_user_share_it_and_another_user_has_another(self, open_page: OpenPage):
        ada, also_ada = open_page("/favourites/", "ada"), open_page("/favourites/", "ada")
        bob = open_page("/favourites/", "bob")

        ada.get_by_role("button", name="Pear").click()

        expect(ada.get_by_role("button", name="Pear", pressed=True)).to_be_visible()
        expect(also_ada.get_by_role("button", name="Pear", pressed=True)).to_be_visible()
        expect(bob.get_by_role("button", name="Pear", pressed=False)).to_be_visible()

    def test_a_fresh_store_has_what_the_database_has(self, howto_project: HowtoProject, open_page: OpenPage):
        howto_project.shell(
            "from django.contrib.auth.models import User; from favourites.models import Favourite\n"
            "Favourite.objects.create(user=User.objects.get(username='cyd'), name='Apple')"
        )

        page = open_page("/favourites/", "cyd")

        expect(page.get_by_role("button", name="Apple", pressed=True)).to_be_visible()
        expect(page.get_by_role("button", name="Pear", pressed=False)).to_be_visible()

    def test_a_stranger_is_sent_to_the_login(self, howto_server: Server):
        response = howto_server.request("/favourites/")

        assert response.url == f"{howto_server.url}/admin/login/?next=/favourites/"


class TestSeveralStores:
    def test_seats_are_everybodys_and_folds_are_ones_own(self, open_page: OpenPage):
        one, two = open_page("/floor/"), open_page("/floor/")

        one.get_by_role("button", name="A1").click()
        one.get_by_role("button", name="Fold", exact=True).last.click()

        for page in (one, two):
            expect(page.locator("#total")).to_have_text("3 free, A1 has just been taken.")
            expect(page.get_by_role("button", name="A1")).to_be_disabled()
        expect(one.get_by_role("button", name="B1")).to_have_count(0)
        expect(two.get_by_role("button", name="B1")).to_have_count(1)

    def test_a_view_reaches_the_second_store_by_its_handle(self, open_page: OpenPage):
        page = open_page("/floor/")

        page.get_by_role("button", name="Fold all").click()

        expect(page.get_by_role("button", name=re.compile(r"[AB]\d"))).to_have_count(0)


def post(page: Page, path: str) -> int:
    """What an endpoint answers to the page's visitor."""
    page.context.add_cookies([{"name": "csrftoken", "value": "c" * 32, "url": page.url}])
    script = (
        "path => fetch(path, {method: 'POST', headers: {'X-CSRFToken': 'c'.repeat(32)}}).then(answer => answer.status)"
    )
    status: int = page.evaluate(script, path)
    return status


def make_item(project: HowtoProject, name: str) -> int:
    """Makes an item in a process that serves no pages; its number."""
    return int(project.shell(f"from stock.models import Item; print(Item.objects.create(name={name!r}, count=1).pk)"))


class TestDispatchFromDjango:
    def test_what_a_view_changes_shows_after_the_database_has_committed(
        self, howto_project: HowtoProject, open_page: OpenPage
    ):
        number = make_item(howto_project, "Tea")
        page = open_page("/stock/", "ada")

        assert post(page, f"/stock/{number}/receive/") == 204

        expect(page.locator(f"#item-{number}")).to_have_text("Tea: 11")

    def test_a_save_in_the_admin_shows_by_the_signal(self, open_page: OpenPage, howto_project: HowtoProject):
        number = make_item(howto_project, "Milk")
        page = open_page("/stock/")
        admin = open_page("/home/", "ada")

        admin.goto(re.sub("/home/.*", f"/admin/stock/item/{number}/change/", admin.url))
        admin.get_by_label("Count").fill("7")
        admin.get_by_role("button", name="Save", exact=True).click()

        expect(page.locator(f"#item-{number}")).to_have_text("Milk: 7")

    def test_what_another_process_saved_shows_when_the_serving_one_is_asked(
        self, open_page: OpenPage, howto_project: HowtoProject
    ):
        page = open_page("/stock/", "ada")
        number = make_item(howto_project, "Rice")
        expect(page.locator(f"#item-{number}")).to_have_count(0)

        assert post(page, "/stock/refresh/") == 204

        expect(page.locator(f"#item-{number}")).to_have_text("Rice: 1")

    def test_the_shell_has_no_log_that_pages_follow(self, howto_project: HowtoProject):
        said = howto_project.shell(
            "from liveex_django.exceptions import NoSharedLog\n"
            "from stock.store import store\n"
            "try:\n    store.at().dispatch('refresh', 1)\n"
            "except NoSharedLog:\n    print('refused')\n"
        )

        assert said == "refused\n"


@pytest.fixture(scope="class")
def project_on_redis(
    howto_project: HowtoProject, redis_server_program: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """The same project, with a Redis named in the environment."""
    with running(redis_server_program, tmp_path_factory.mktemp("redis")) as server:
        project = Project(howto_project.folder)
        project.environment["REDIS_URL"] = server.url
        yield project


@pytest.fixture(scope="class")
def server_on_redis(project_on_redis: Project) -> Iterator[Server]:
    server = project_on_redis.serve()
    yield server
    server.stop()


class TestDispatchFromWorkers:
    @pytest.mark.parametrize(
        ("number", "arguments"),
        [
            (1, ("shell", "-v0", "-c", "from reports.tasks import make_report; make_report(1)")),
            (2, ("make_report", "2")),
            (3, ("liveex_dispatch", "reports:report-3", "progress", '{"percent": 100}')),
        ],
        ids=["task", "command", "liveex_dispatch"],
    )
    def test_progress_shows_in_the_page_with_redis(
        self,
        browser: Browser,
        project_on_redis: Project,
        server_on_redis: Server,
        number: int,
        arguments: tuple[str, ...],
    ):
        page = browser.new_page()
        page.goto(f"{server_on_redis.url}/reports/{number}/")
        page.wait_for_function("window.liveex?.connected")

        project_on_redis.run("manage.py", *arguments)

        expect(page.locator("output")).to_have_text("100 %")
        assert "set_percent by the system in progress" in project_on_redis.run(
            "manage.py", "liveex_log", f"reports:report-{number}"
        )
        page.close()

    def test_progress_that_is_told_over_http_shows_in_the_page(
        self, howto_project: HowtoProject, howto_server: Server, open_page: OpenPage
    ):
        page, another = open_page("/reports/7/"), open_page("/reports/8/")
        howto_project.environment["PAGES_URL"] = howto_server.url

        howto_project.shell("from reports.over_http import tell_pages; tell_pages(7, 50); tell_pages(7, 100)")

        expect(page.locator("output")).to_have_text("100 %")
        expect(another.locator("output")).to_have_text("0 %")

    def test_a_task_without_redis_says_what_it_lacks(self, howto_project: HowtoProject):
        said = howto_project.shell(
            "from liveex_django.exceptions import NoSharedLog\n"
            "from reports.tasks import make_report\n"
            "try:\n    make_report(7)\n"
            "except NoSharedLog as error:\n    print(error)\n"
        )

        assert "nobody would ever see it. Run Redis" in said

    def test_a_message_that_nobody_signed_is_refused(self, howto_server: Server):
        forged = json.dumps({"report": 7, "percent": 99}).encode()

        with pytest.raises(urllib.error.HTTPError, match="403"):
            howto_server.request("/internal/reports/progress/", forged)


class TestAnEmbeddedView:
    def test_a_notice_written_in_the_admin_shows_on_an_ordinary_page(self, open_page: OpenPage):
        page = open_page("/home/")
        admin = open_page("/admin/auth/user/", "ada")

        admin.get_by_label("Notice on every page").fill("Lunch is ready")
        admin.get_by_role("button", name="Publish").click()

        expect(page.get_by_role("status")).to_have_text("Lunch is ready")
        expect(page.get_by_role("heading", name="Home")).to_be_visible()

    def test_leaves_the_admin_as_it_is(self, open_page: OpenPage):
        admin = open_page("/admin/auth/user/", "ada")

        admin.locator("#action-toggle").check()
        users = admin.locator(".action-select").count()
        admin.get_by_label("Notice on every page").fill("Tea")
        admin.get_by_role("button", name="Publish").click()
        open_page("/home/").get_by_text("Tea").wait_for()

        expect(admin.locator("tr.selected")).to_have_count(users)
        assert users > 0


class TestComponents:
    def test_a_note_goes_along_with_its_card(self, open_page: OpenPage):
        page = open_page("/tasks/")
        note = page.locator("#task-2").get_by_label("Note")
        note.fill("wood")
        expect(page.locator("#note-2")).to_have_text("4")

        page.get_by_role("button", name="Raise Sand").click()

        expect(page.locator("h2")).to_have_text(["Sand", "Paint"])
        expect(note).to_have_value("wood")
        page.locator("#task-2").get_by_role("button", name="Clear").click()
        expect(page.locator("#note-2")).to_have_text("0")


class TestAsyncWork:
    def test_shows_figures_that_come_later_and_how_far_an_import_is(self, open_page: OpenPage):
        page = open_page("/figures/")

        expect(page.locator("#figures li")).to_have_text(["North: 12", "South: 7"])
        page.get_by_role("button", name="Import").click()

        expect(page.get_by_role("progressbar")).to_have_attribute("value", "200")


class TestForms:
    def test_a_guest_is_read_from_all_kinds_of_fields(self, open_page: OpenPage):
        page = open_page("/guests/")

        page.get_by_label("Name").fill("Grace")
        page.get_by_label("Meal").select_option("fish")
        page.get_by_label("Nuts").check()
        page.get_by_label("Milk").check()
        page.get_by_label("Arrives").fill("2026-12-24")
        page.get_by_label("Is child").check()
        page.get_by_role("button", name="Add").click()

        expect(page.locator("#guests li")).to_have_text("Grace, fish, no nuts, no milk, 24 December, child")
        expect(page.get_by_label("Name")).to_have_value("")

    def test_it_says_what_is_wrong(self, open_page: OpenPage):
        page = open_page("/guests/")

        page.get_by_role("button", name="Add").click()
        expect(page.locator(".errorlist")).to_have_text("This field is required.")
        page.get_by_label("Name").fill("Grace")
        expect(page.locator(".errorlist")).to_have_count(0)
        page.get_by_role("button", name="Add").click()
        expect(page.locator("#guests li")).to_have_text("Grace, meat")
        page.get_by_label("Name").fill("Grace")
        page.get_by_role("button", name="Add").click()

        expect(page.locator(".errorlist")).to_have_text("Grace is on the list already.")

    def test_rows_are_added_saved_and_removed(self, open_page: OpenPage):
        page = open_page("/tables/")

        page.get_by_label("Name").fill("Window")
        page.get_by_role("button", name="Another table").click()
        page.get_by_label("Name").nth(1).fill("Door")
        page.get_by_role("button", name="Save all").click()
        expect(page.get_by_label("Name")).to_have_count(3)
        page.get_by_role("button", name="Remove").first.click()
        expect(page.locator("fieldset[hidden]")).to_have_count(1)
        page.get_by_role("button", name="Save all").click()

        expect(page.get_by_label("Name")).to_have_count(2)
        expect(page.get_by_label("Name").first).to_have_value("Window")

    def test_one_logs_in_and_without_javascript_too(self, browser: Browser, howto_project, howto_server: Server):
        howto_project.shell(
            "from django.contrib.auth.models import User; User.objects.create_user('eve', password='secret word')"
        )
        for has_script in (True, False):
            context = browser.new_context(java_script_enabled=has_script)
            page = context.new_page()
            page.goto(f"{howto_server.url}/enter/")
            page.get_by_label("Username").fill("eve")
            page.get_by_label("Password").fill("wrong")
            page.get_by_role("button", name="Log in").click()
            expect(page.locator(".errorlist")).to_contain_text("correct username and password")
            page.get_by_label("Password").fill("secret word")
            page.get_by_role("button", name="Log in").click()

            page.wait_for_url("**/guests/")
            assert "sessionid" in {cookie["name"] for cookie in context.cookies()}
            context.close()

    def test_a_typed_event_is_posted(self, browser: Browser, howto_server: Server):
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{howto_server.url}/greeting/")

        page.get_by_label("Greeting").fill("Hello")
        page.get_by_role("button", name="Greet").click()

        expect(page.get_by_role("heading")).to_have_text("Hello")
        context.close()


class TestNavigation:
    def test_the_url_has_the_state_of_the_table(self, howto_project: HowtoProject, open_page: OpenPage):
        howto_project.shell(
            "from catalogue.models import Product\n"
            "Product.objects.bulk_create(Product(name=f'Lamp {n}', count=n) for n in range(1, 8))"
        )
        page = open_page("/products/")

        page.get_by_role("searchbox").press_sequentially("lamp")
        expect(page).to_have_url(re.compile(r"q=lamp&sort=name$"))
        page.get_by_role("link", name="Count").click()
        page.get_by_role("link", name="Next").click()
        expect(page.locator("tbody")).to_have_text(re.compile(r"^\s*Lamp 2\s*2\s*Lamp 1\s*1\s*$"))
        page.reload()
        expect(page.locator("tbody tr")).to_have_count(2)
        page.go_back()

        expect(page.locator("tbody tr")).to_have_count(5)
        expect(page).to_have_title("Products, page 1")
        assert page.evaluate("performance.getEntriesByType('navigation').length") == 1

    def test_pages_follow_each_other_over_one_socket(self, open_page: OpenPage):
        page = open_page("/products/")
        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.evaluate("window.isSame = true")

        page.get_by_label("New product").fill("Kettle")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("heading", name="Kettle")).to_be_focused()
        page.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("heading", name="Products")).to_be_focused()
        page.go_back()

        # The product is gone, and its page leads away.
        expect(page.get_by_role("heading", name="Products")).to_be_visible()
        expect(page).to_have_url(re.compile("/products/$"))
        page.wait_for_function("liveex.connected")
        assert page.evaluate("window.isSame") is True
        assert sockets == []


class TestEvents:
    def test_a_menu_opens_by_keys_and_closes_by_a_click_away(self, open_page: OpenPage):
        page = open_page("/inbox/")

        page.keyboard.press("Control+k")
        expect(page.locator("#menu")).to_be_visible()
        page.locator("li").first.click()
        expect(page.locator("#menu")).to_have_count(0)

    def test_a_list_grows_until_it_fills_the_window_and_when_its_end_is_reached(self, open_page: OpenPage):
        page = open_page("/inbox/")
        page.set_viewport_size({"width": 800, "height": 600})
        page.locator("li").nth(29).scroll_into_view_if_needed()

        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(page.locator("li").nth(59)).to_be_attached()

    def test_nothing_is_thrown_away_without_a_yes(self, open_page: OpenPage):
        page = open_page("/inbox/")

        page.get_by_role("button", name="Menu").click()
        page.get_by_role("button", name="Throw away").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("li").first).to_be_visible()
        page.get_by_role("button", name="Throw away").click()
        page.get_by_role("button", name="OK").click()

        expect(page.locator("li")).to_have_count(0)


class TestFeedback:
    def test_what_became_of_an_order_is_said(self, open_page: OpenPage):
        page = open_page("/orders/")

        page.get_by_role("button", name="Order").click()
        expect(page.get_by_role("alert")).to_contain_text("Say what you need.")
        page.get_by_label("What").fill("Tea")
        page.get_by_role("button", name="Order").click()

        expect(page.locator("ul[lx-messages] > .lx-message.success")).to_contain_text("Tea is ordered.")


class TestJavaScript:
    def test_commands_and_hooks_work_together_with_the_view(self, open_page: OpenPage):
        page = open_page("/measures/")
        chart = page.locator("#chart")
        expect(chart).to_have_attribute("title", "newest: none, large: 5")
        page.locator("#map").evaluate("map => (map.innerHTML = '<b>drawn</b>')")

        page.get_by_role("button", name="Menu").click()
        expect(page.get_by_role("button", name="Add a seven")).to_be_focused()
        page.get_by_role("button", name="Add a seven").click()

        expect(chart).to_have_attribute("title", "newest: 7, large: 5 7")
        expect(page.locator("#menu")).to_be_hidden()
        page.get_by_role("button", name="Menu").click()
        page.get_by_role("button", name="Forget all").click()
        expect(page.locator("#total")).to_have_text("0 measurements")
        expect(page.locator("#menu")).to_be_hidden()
        expect(page.locator("#map")).to_have_text("drawn")
