"""The part of a handle that looks back: history, earlier states, undo and redo."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ..store import Entry, FrozenDict
from ..store.restoring import REDO, UNDO
from .handle_base import HandleBase
from .history import Search, search, state_at
from .hub import Hub
from .process import call_hub, current_hub
from .slices import cut_slice
from .threads import refuse_on_loop


class PastHandle(HandleBase):
    """Args as in :class:`HandleBase`."""

    async def ahistory(
        self,
        *,
        limit: int = 20,
        mutation: str | Callable[..., Any] | None = None,
        actor: Any = None,
        cause: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Entry]:
        wanted = Search(mutation, actor, cause, since, until)
        return await search(current_hub().log, self.instance, limit, wanted)

    def history(
        self,
        *,
        limit: int = 20,
        mutation: str | Callable[..., Any] | None = None,
        actor: Any = None,
        cause: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Entry]:
        refuse_on_loop("history", "ahistory")
        wanted = Search(mutation, actor, cause, since, until)
        return call_hub(lambda hub: search(hub.log, self.instance, limit, wanted))

    async def astate_at(self, version: int) -> FrozenDict[str, Any]:
        return await self._state_at(current_hub(), version)

    def state_at(self, version: int) -> FrozenDict[str, Any]:
        refuse_on_loop("state_at", "astate_at")
        return call_hub(lambda hub: self._state_at(hub, version))

    async def _state_at(self, hub: Hub, version: int) -> FrozenDict[str, Any]:
        async with hub.following(self.instance) as followed:
            return (await state_at(hub.log, followed, version)).state

    async def aexport(self, *, after: int | None = None, upto: int | None = None) -> str:
        return await self._export(current_hub(), after, upto)

    def export(self, *, after: int | None = None, upto: int | None = None) -> str:
        refuse_on_loop("export", "aexport")
        return call_hub(lambda hub: self._export(hub, after, upto))

    async def _export(self, hub: Hub, after: int | None, upto: int | None) -> str:
        async with hub.following(self.instance) as followed:
            return (await cut_slice(hub.log, followed, after, upto)).to_json()

    async def aundo(self, version: int, *, by: Any = None) -> Entry:
        return await self._acommit_as(by, UNDO, version)

    def undo(self, version: int, *, by: Any = None) -> Entry:
        refuse_on_loop("undo", "aundo")
        return self._commit_as(by, UNDO, version)

    async def aredo(self, version: int, *, by: Any = None) -> Entry:
        return await self._acommit_as(by, REDO, version)

    def redo(self, version: int, *, by: Any = None) -> Entry:
        refuse_on_loop("redo", "aredo")
        return self._commit_as(by, REDO, version)

    @abstractmethod
    async def _acommit_as(self, by: Any, name: str, version: int) -> Entry:
        """Commit a built-in mutation of one version; ``by`` acts, or the handle's user."""

    @abstractmethod
    def _commit_as(self, by: Any, name: str, version: int) -> Entry:
        """As :meth:`_acommit_as`, from sync code."""
