"""Live views that lead their pages elsewhere, and the URLs they are at."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from liveex_django.exceptions import NavigationRefused, Reject, UnsafeRedirect
from liveex_django.live import LiveView, event

from . import stores, views


class Inner(LiveView):
    template_name = "live_tests/journey_inner.html"

    async def handle_params(self, params):
        self.assigns["inner_page"] = f"inner {params.get('page', 'none')}"


class Journey(LiveView):
    store = stores.board
    template_name = "live_tests/journey.html"

    async def mount(self):
        self.assigns["events"] = ""
        self.assigns["inner"] = False

    async def handle_params(self, params):
        page = params.get("page", "1")
        if page == "refused":
            raise Reject("There is no such page.")
        if page == "broken":
            raise RuntimeError("broken")
        if page == "999":
            self.push_patch({"page": 9, "sort": params.get("sort")}, replace=True)
        if page == "circle":
            self.push_patch("?page=circle")
        if page == "lost":
            self.push_patch("?page=broken")
        if page == "gone":
            self.push_navigate("journey-end")
        if page == "count":
            await self.adispatch("bump", 1)
        self.assigns["page"] = f"page {page}"

    @event
    async def nest(self):
        self.assigns["inner"] = True

    @event
    async def turn(self, to: str, replace: bool = False):
        self.push_patch(to, replace=replace)
        self.assigns["events"] = f"turned at {self.params.get('page', 'none')}"

    @event
    def turn_in_thread(self, to: str):
        self.set_title(f"Page {to}")
        self.push_patch({"page": to, "tag": ["a", "b"], "none": None})

    @event
    async def move(self, to: str):
        self.push_navigate(to)

    @event
    async def load(self, to: str):
        try:
            self.redirect(to)
        except UnsafeRedirect as error:
            raise Reject(str(error)) from error

    @event
    async def fail(self):
        self.push_patch("?page=2")
        raise Reject("not now")

    @event
    async def stray(self, to: str):
        try:
            self.push_patch(to)
        except (NavigationRefused, UnsafeRedirect) as error:
            raise Reject(type(error).__name__) from error

    async def handle_mutation(self, entry):
        if entry.payload.get("amount") == 7:
            self.push_patch({"page": 7})


class Leading(LiveView):
    """Leads elsewhere from its mount."""

    template_name = "live_tests/journey_inner.html"

    async def mount(self):
        if self.connected or "now" in self.params:
            self.redirect("journey-end")


class Patching(LiveView):
    template_name = "live_tests/journey_inner.html"

    async def mount(self):
        self.push_patch("?page=2")


class End(LiveView):
    template_name = "live_tests/journey_inner.html"

    async def mount(self):
        self.set_title("The end")


class Members(LiveView):
    login_required = True
    template_name = "live_tests/journey_inner.html"


class Door(LiveView):
    template_name = "live_tests/journey_inner.html"
    is_open = True

    async def has_permission(self):
        return self.is_open and "room" not in self.params

    async def handle_params(self, params):
        assert "room" not in params


class Asked(LiveView):
    """Notes which query it shows while a query is asked about."""

    template_name = "live_tests/journey_inner.html"
    shown: list[str] = []

    async def has_permission(self):
        if "room" in self.params:
            page = self._mounted.page
            self.shown += [mounted.view.params.urlencode() for mounted in page.views] + [page.request.GET.urlencode()]
        return "room" not in self.params


class Anywhere(LiveView):
    template_name = "live_tests/journey_inner.html"

    async def handle_params(self, params):
        if "page" not in params:
            self.push_patch({"page": 1})

    @event
    async def turn(self, to: str):
        self.push_patch(to)


def embedding(request: HttpRequest) -> HttpResponse:
    return render(request, "live_tests/journey_embedding.html", {"view": request.GET["view"]})


urlpatterns = [
    path("journey/", Journey.as_view(), name="journey"),
    path("end/", End.as_view(), name="journey-end"),
    path("leading/", Leading.as_view()),
    path("patching/", Patching.as_view()),
    path("members/", Members.as_view()),
    path("count/", views.Count.as_view()),
    path("door/", Door.as_view()),
    path("embedding/", embedding),
    path("asked/", Asked.as_view()),
    path("any<path:rest>", Anywhere.as_view()),
]
