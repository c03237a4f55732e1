"""Pages with everything that a test may want to click."""

from django.contrib import messages

from liveex_django.live import JS, Component, LiveView, event
from liveex_django.store import Reject

from . import stores


class Shop(LiveView):
    store = stores.shop
    template_name = "testing_tests/shop.html"

    async def mount(self):
        self.assigns["title"] = "Shop"
        self.assigns["broken"] = False

    @event
    async def rename(self, title: str):
        self.assigns["title"] = title

    @event
    async def break_template(self):
        self.assigns["broken"] = True


class Filters(LiveView):
    template_name = "testing_tests/filters.html"


class Form(LiveView):
    store = stores.shop
    template_name = "testing_tests/form.html"


class Tab(LiveView):
    store = stores.tab
    template_name = "testing_tests/tab.html"

    def mount(self):
        self.assigns["visitor"] = self.user.get_username() or "nobody"


class Members(Tab):
    login_required = True


class Refusing(Tab):
    def mount(self):
        if self.connected:
            raise ZeroDivisionError("secret detail")
        super().mount()


class Scriptless(Tab):
    template_name = "testing_tests/scriptless.html"


class Mixed(LiveView):
    """Every kind of slot, for the comparison with a browser."""

    store = stores.shop
    template_name = "testing_tests/mixed.html"


class Catalogue(LiveView):
    template_name = "testing_tests/catalogue.html"

    async def handle_params(self, params):
        if params.get("page") == "13":
            raise Reject("There is no such page.")
        self.assigns.update(page=params.get("page", "1"), q=params.get("q", ""), sort=params.get("sort", ""))
        self.set_title(f"Page {self.assigns['page']}")

    @event
    async def finish(self):
        self.push_navigate("/detail/9/")

    @event
    async def turn(self):
        self.push_patch({"page": 5})


class Detail(LiveView):
    template_name = "testing_tests/detail.html"

    def mount(self):
        # A session is made, of which the socket of the page before knows nothing.
        self.session["seen"] = self.kwargs["number"]


class Telling(LiveView):
    """What is heard of, and told."""

    template_name = "testing_tests/telling.html"

    async def mount(self):
        self.assigns["seen"] = ""

    @event
    async def tell(self):
        messages.success(self.request, "Saved.", extra_tags="safe")

    @event
    async def note(self, what: str, key: str = ""):
        self.assigns["seen"] = f"{what} {key}".strip()

    @event
    async def paste(self, what: str, text: str):
        self.assigns["seen"] = text


class Cards(LiveView):
    """Views in a loop, by key."""

    store = stores.shop
    template_name = "testing_tests/cards.html"


class Card(LiveView):
    template_name = "testing_tests/card.html"

    def mount(self):
        item = next(item for item in self.state["items"] if item["id"] == self.kwargs["item_id"])
        self.assigns.update(name=item["name"], clicks=0)

    @event
    async def count(self):
        self.assigns["clicks"] += 1


class Box(Component):
    template_name = "testing_tests/box.html"
    title: str
    count: int = 0


class Boxes(LiveView):
    """Components in a loop, with events in their slots."""

    store = stores.shop
    template_name = "testing_tests/boxes.html"


class Scripted(LiveView):
    """Works together with scripts of the page."""

    template_name = "testing_tests/scripted.html"

    async def mount(self):
        self.assigns["said"] = ""

    @event
    async def say(self, text: str, tags: list[str], loud: bool = False):
        self.assigns["said"] = f"{text} {tags} {loud}"
        self.push_event("said", {"text": text})
        self.push_commands(JS.focus("#said"))
        return len(text)

    @event
    async def answer_badly(self):
        return object()
