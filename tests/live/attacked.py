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


urlpatterns = [
    path("outer/", Outer.as_view()),
    path("note/", Note.as_view()),
]
