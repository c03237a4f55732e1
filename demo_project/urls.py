"""The pages of the demo. A live page is a ``path()`` like any other."""

from django.contrib import admin
from django.urls import path

from demo_project.counter.views import CounterLive
from demo_project.items.views import ItemsLive
from demo_project.views import IndexView, health
from demo_project.warehouse.views import ItemLive, WarehouseLive

urlpatterns = [
    path("", IndexView.as_view(), name="index"),
    path("counter/", CounterLive.as_view(), name="counter"),
    path("items/", ItemsLive.as_view(), name="items"),
    path("warehouse/", WarehouseLive.as_view(), name="warehouse"),
    path("warehouse/<str:sku>/", ItemLive.as_view(), name="warehouse-item"),
    path("health/", health, name="health"),
    path("admin/", admin.site.urls),
]
