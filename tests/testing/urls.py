"""Where the pages of views.py are."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView

from . import views


def dead(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p>nothing live here</p>")


urlpatterns = [
    path("shop/", views.Shop.as_view()),
    path("form/", views.Form.as_view()),
    path("scripted/", views.Scripted.as_view()),
    path("tab/", views.Tab.as_view()),
    path("members/", views.Members.as_view()),
    path("refusing/", views.Refusing.as_view()),
    path("scriptless/", views.Scriptless.as_view()),
    path("telling/", views.Telling.as_view()),
    path("mixed/", views.Mixed.as_view()),
    path("cards/", views.Cards.as_view()),
    path("boxes/", views.Boxes.as_view()),
    path("dead/", dead),
    path("catalogue/", views.Catalogue.as_view()),
    path("detail/<int:number>/", views.Detail.as_view()),
    path("away/", RedirectView.as_view(url="/detail/8/")),
    path("accounts/", include("django.contrib.auth.urls")),
]
