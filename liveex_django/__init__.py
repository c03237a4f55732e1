"""State for live, server-rendered Django pages: stores whose every change is a numbered, replayable mutation."""

__version__ = "0.1.0"
