from liveex_django.live import LiveView

from .store import store as counter


class CounterLive(LiveView):
    store = counter
    template_name = "counter/counter.html"
