"""
The page: live views, their life cycle, and the websocket that carries them.

A project needs ``LiveView``, ``event`` and, for forms, ``FormMixin``; ``Component`` for pieces of templates, ``JS`` for what
happens in the browser alone. It meets ``AsyncResult``. docs/reference/live.md is the page of this package.
"""

from .async_work import AsyncResult
from .commands import JS
from .components import Component
from .forms import FormMixin
from .view import LiveView, event

__all__ = ["JS", "AsyncResult", "Component", "FormMixin", "LiveView", "event"]
