"""Where the pages of views.py are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path

from . import views


def plain(request: HttpRequest, room: int) -> HttpResponse:
    return render(request, "live_tests/plain.html", {"room": room})


urlpatterns = [
    path("board/", views.Board.as_view(), name="board"),
    path("telling/", views.Telling.as_view()),
    path("add-message/", views.add_message),
    path("show-messages/", views.show_messages),
    path("around/", views.Around.as_view()),
    path("count/", views.Count.as_view()),
    path("room/<int:room>/", views.Room.as_view()),
    path("scopes/", views.AllScopes.as_view()),
    path("page/", views.PageScoped.as_view()),
    path("session/", views.SessionScoped.as_view()),
    path("user/", views.UserScoped.as_view()),
    path("keyless/", views.Keyless.as_view()),
    path("pusher/", views.Pusher.as_view()),
    path("two/", views.TwoStores.as_view()),
    path("shared/", views.Shared.as_view()),
    path("notes/", views.Notes.as_view()),
    path("members/", views.Members.as_view()),
    path("staff/", views.Staff.as_view()),
    path("fragile/", views.Fragile.as_view()),
    path("slow/", views.Slow.as_view()),
    path("params/", views.Params.as_view()),
    path("plain/<int:room>/", plain),
    path("accounts/", include("django.contrib.auth.urls")),
]
