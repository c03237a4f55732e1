"""``self.assigns``: what one live view knows for itself."""

from collections.abc import Collection, Mapping
from typing import Any

from ..exceptions import NameShadowed

# Names that Django, or this package, gives to every template.
RESERVED = frozenset(
    {"request", "user", "perms", "messages", "csrf_token", "forloop", "block", "store", "view", "True", "False", "None"}
)


class Assigns(dict[str, Any]):
    """
    A dict of template variables, rebuilt at each mount.

    ``claims`` says which names are taken, and by what.

    Raises:
        NameShadowed: An assign would hide another name, or be hidden by it.
    """

    def __init__(self, claims: Mapping[str, str]) -> None:
        super().__init__()
        self._claims = claims

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self._claims:
            raise NameShadowed(name, ["an assign of the view", self._claims[name]])
        super().__setitem__(name, value)

    def update(self, *others: Any, **named: Any) -> None:
        for name, value in dict(*others, **named).items():
            self[name] = value

    def setdefault(self, name: str, default: Any = None) -> Any:
        if name not in self:
            self[name] = default
        return self[name]

    def __ior__(self, other: Any) -> "Assigns":  # type: ignore[override,misc]
        self.update(other)
        return self


def claim_names(sources: Mapping[str, Collection[str]]) -> dict[str, str]:
    """
    Which source claims which name; ``sources`` maps what a person calls the source to its names.

    Raises:
        NameShadowed: Two sources claim one name.
    """
    claims = dict.fromkeys(RESERVED, "a name of Django's or of this package")
    for source, names in sources.items():
        for name in names:
            if name in claims:
                raise NameShadowed(name, [claims[name], source])
            claims[name] = source
    return claims
