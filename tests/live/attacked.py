"""The project that test_attacks.py attacks: what it shows, and where."""

from typing import Literal

from django.urls import path

from liveex_django.live import LiveView, event

from . import stores


class Outer(LiveView):
    """Has a nested view when there is a count."""

    store = stores.board
    template_name = "live_attacks/outer.html"


class Inner(LiveView):
    template_name = "live_attacks/note.html"


class Note(LiveView):
    store = stores.board
    template_name = "live_attacks/note.html"

    @event
    async def note(self, text: str):
        self.assigns["note"] = text

    @event
    async def choose(self, note: Literal["yes", "no"]):
        self.assigns["note"] = note


class Mine(LiveView):
    """Shows the counter that belongs to the user, and asks for no permission of its own."""

    store = stores.board
    stores = {"mine": stores.user}
    template_name = "live_attacks/mine.html"


class AroundGuarded(LiveView):
    store = stores.board
    template_name = "live_attacks/around_guarded.html"


class Guarded(LiveView):
    template_name = "live_tests/count.html"
    permission_required = "auth.change_user"


class Club(LiveView):
    store = stores.board
    template_name = "live_tests/count.html"
    has_members = True

    def can_subscribe(self):
        return self.has_members


class Fickle(LiveView):
    store = stores.board
    template_name = "live_tests/count.html"
    mood: Exception | None = None

    def has_permission(self):
        if self.mood:
            raise self.mood
        return True


class OfSession(LiveView):
    store = stores.session
    template_name = "live_tests/count.html"


urlpatterns = [
    path("outer/", Outer.as_view()),
    path("note/", Note.as_view()),
    path("mine/", Mine.as_view()),
    path("around-guarded/", AroundGuarded.as_view()),
    path("club/", Club.as_view()),
    path("fickle/", Fickle.as_view()),
    path("session/", OfSession.as_view()),
]
