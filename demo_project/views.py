"""The list of the demo's pages: an ordinary Django view, next to which the live ones stand."""

from typing import Any

from django.views.generic import TemplateView

from demo_project.pages import PAGES


class IndexView(TemplateView):
    """``/``"""

    template_name = "index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(pages=PAGES, **kwargs)
