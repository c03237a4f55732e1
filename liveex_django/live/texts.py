"""
What the browser's script says to people, by the keys that ``client/texts.js`` asks for.

A project translates them as it translates any app: in a ``locale`` folder of ``LOCALE_PATHS``, with the texts below as
``msgid``.
"""

from django.utils.translation import gettext


def client_texts() -> dict[str, str]:
    """In the language of the moment; ``{count}`` stands for a number."""
    return {
        # What is the matter with the connection: client/status.js.
        "disconnected": gettext("The connection was lost. Connecting again…"),
        "offline": gettext("You are offline."),
        "waiting": gettext("Waiting to be sent: {count}."),
        "refused": gettext("This page is not live any more. Load it again to go on."),
        "outdated": gettext("There is a new version. The page loads again when you pause."),
        "reload": gettext("Load it now"),
        "degraded": gettext("The server has trouble. What you see may be old."),
        "lost": gettext("The server has lost some of the latest changes."),
        # What came to nothing: client/page.js.
        "failed": gettext("That did not work."),
        "unknown": gettext("It is not certain whether that was done. Please check."),
        "dropped": gettext("Too much waits for the connection. The oldest of it was dropped."),
        "too-large": gettext("That is too much to be sent."),
        # Messages and questions: client/announce.js, client/confirm.js.
        "dismiss": gettext("Dismiss"),
        "accept": gettext("OK"),
        "refuse": gettext("Cancel"),
    }
