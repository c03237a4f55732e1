"""What the log of a server must not show: values under names such as ``password``."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..store.scalars import Path

# Part of a name, in any case: "user_password" and "apiToken" are sensitive too. A store may declare more.
SENSITIVE_NAMES = frozenset({"password", "token", "secret"})

REDACTED = "[redacted]"


class Redaction:
    """Args: names: What a store declared, in addition to those that always are."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = SENSITIVE_NAMES | {name.lower() for name in names}

    def hides(self, key: object) -> bool:
        """Whether what stands under ``key`` is sensitive."""
        if not isinstance(key, str):
            return False
        lowered = key.lower()
        return any(name in lowered for name in self._names)

    def clean(self, value: Any) -> Any:
        """``value`` with ``[redacted]`` in place of everything under a sensitive name."""
        if isinstance(value, Mapping):
            return {key: REDACTED if self.hides(key) else self.clean(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.clean(item) for item in value]
        return value

    def cut(self, path: Path) -> tuple[Path, bool]:
        """``path`` up to and with its first sensitive name, and whether it has one: what is below may be a secret too."""
        for number, step in enumerate(path):
            if self.hides(step):
                return path[: number + 1], True
        return path, False
