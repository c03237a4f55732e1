from liveex_django.live import LiveView


class WarehouseLive(LiveView):
    store = "demo_project.warehouse.store"
    template_name = "warehouse/warehouse.html"

    async def handle_params(self, params):
        self.assigns["only_low"] = params.get("show") == "low"
