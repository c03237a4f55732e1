"""A page of three live views on one store: the table, and within it the categories and the count."""

import logging

from liveex_django.live import LiveView

logger = logging.getLogger(__name__)


class ItemsLive(LiveView):
    store = "demo_project.items.store"
    template_name = "items/items.html"

    def get_store_key(self):
        return "shared" if self.is_shared() else self.page_key

    def is_shared(self):
        return self.params.get("shared") == "1"

    async def mount(self):
        self.assigns["shared"] = self.is_shared()


class CategoryLive(LiveView):  # no store of its own: it uses the one of the page
    template_name = "items/categories.html"

    async def handle_mutation(self, entry):  # called before this view renders what has changed
        logger.info("CategoryLive received %s %s, version %s", entry.name, dict(entry.payload), entry.version)


class CountLive(LiveView):
    template_name = "items/count.html"
