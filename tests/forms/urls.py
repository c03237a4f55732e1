"""Where the pages of views.py are."""

from django.http import HttpResponse
from django.urls import path

from . import views


def done(request):
    return HttpResponse(f"done by {request.user}")


urlpatterns = [
    path("done/", done),
    path("guests/", views.Guests.as_view()),
    path("crispy/", views.CrispyGuests.as_view()),
    path("tweaked/", views.TweakedGuests.as_view()),
    path("div/", views.DivGuests.as_view()),
    path("user/", views.EditUser.as_view()),
    path("group/", views.NewGroup.as_view()),
    path("rows/", views.Rows.as_view()),
    path("permissions/", views.Permissions.as_view()),
    path("upload/", views.Upload.as_view()),
    path("formless/", views.Formless.as_view()),
    path("login/", views.Login.as_view()),
    path("plain/", views.Plain.as_view()),
    path("around/", views.Around.as_view()),
    path("members/", views.Members.as_view()),
    path("static/", views.Static.as_view()),
]
