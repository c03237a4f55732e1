"""Which keys an element with ``lx-key`` listens to; ``client/keys.js`` is the other side of it."""

import re

_MODIFIERS = frozenset({"Control", "Alt", "Shift", "Meta"})


def split_key(pressed: str) -> tuple[frozenset[str], str]:
    """``"Control+s"``: what is held, and the key as ``event.key`` names it. ``Mod`` is Control here."""
    *held, key = ("Control" if part == "Mod" else part for part in re.split(r"\+(?=.)", pressed))
    if unknown := set(held) - _MODIFIERS:
        raise ValueError(
            f"{pressed!r} holds {', '.join(sorted(unknown))}, which is no modifier. There are: "
            f"{', '.join(sorted(_MODIFIERS))} and Mod."
        )
    return frozenset(held), " " if key == "Space" else key


def is_wanted(wanted: str | None, pressed: str) -> bool:
    """Whether ``lx-key="wanted"`` is meant; without a value every key is."""
    return not (wanted or "").split() or any(_is_same(each, pressed) for each in (wanted or "").split())


def _is_same(wanted: str, pressed: str) -> bool:
    held, key = split_key(wanted)
    held_now, key_now = split_key(pressed)
    if key.lower() != key_now.lower():
        return False
    # A key by itself is the same with Shift, and so are signs, which some keyboards have only there.
    if "Shift" not in held and (not held or (len(key) == 1 and not key.isalpha())):
        held_now -= {"Shift"}
    return held == held_now
