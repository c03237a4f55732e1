"""
The page: live views, their life cycle, and the websocket that carries them.

A project needs ``LiveView`` and ``event``; docs/reference/live.md is the page of this package.
"""

from .view import LiveView, event

__all__ = ["LiveView", "event"]
