"""The demo's ordinary Django views, next to which the live ones stand: the list of its pages, and its health."""

import asyncio
import logging
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from demo_project.pages import PAGES
from demo_project.warehouse.store import store as warehouse
from liveex_django.exceptions import LogError
from liveex_django.replication import Instance, get_log

logger = logging.getLogger(__name__)

# Seconds; a log that takes longer to say where it is would hold up every click.
_LOG_ANSWERS_WITHIN = 1.0


class IndexView(TemplateView):
    """``/``"""

    template_name = "index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(pages=PAGES, **kwargs)


@never_cache
async def health(request: HttpRequest) -> JsonResponse:
    """``/health/``, for whoever decides where visitors go: 200 when this process serves and its log answers, else 503."""
    try:
        async with asyncio.timeout(_LOG_ANSWERS_WITHIN):
            await get_log().heads([Instance(warehouse, "")])
    except (LogError, TimeoutError) as error:
        logger.warning("Not healthy, because the log does not answer: %s", error or "it takes too long")
        return JsonResponse({"status": "the log does not answer"}, status=503)
    return JsonResponse({"status": "ok"})
