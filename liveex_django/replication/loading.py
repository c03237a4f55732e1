"""What a hub reads from the log, and what it begins where the log has nothing."""

import logging
from typing import Any
from weakref import WeakKeyDictionary

from ..exceptions import DamagedPatch
from ..store import FrozenDict, Store
from .followed import Followed
from .initial_states import make_initial
from .instance import Instance
from .log import MutationLog, Position, Snapshot
from .metrics import Metrics
from .sizes import check_initial_size

logger = logging.getLogger("liveex.replication")

# The position of an instance that the log does not have yet.
_UNBORN = Position("", 0, "")


class Loading:
    """Of one hub. Whoever calls one of these holds the instance, and all but the first its queue as well."""

    def __init__(self, log: MutationLog, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics
        # The initial state of each store that was measured last.
        self._measured: WeakKeyDictionary[Store, FrozenDict[str, Any]] = WeakKeyDictionary()

    async def load(self, followed: Followed, *, is_new: bool) -> None:
        """
        Give an instance its replica. One of scope ``"page"`` that the log does not have is written with its first commit.

        Args:
            is_new: The log cannot have it, and is not asked.
        """
        instance = followed.instance
        loaded = None if is_new else await self._log.load(instance)
        if loaded is None:
            state = await self.initial_state(instance)
            if instance.store.scope == "page":
                followed.load(Snapshot(_UNBORN, state, instance.store.schema), (), is_born=False)
                return
            loaded = await self._log.create(instance, state)
        followed.load(*loaded, is_born=True)

    async def bear(self, followed: Followed) -> None:
        """Write an instance that the log does not have yet."""
        if not followed.is_born:
            followed.load(*await self._log.create(followed.instance, followed.replica.state), is_born=True)

    async def catch_up(self, followed: Followed) -> None:
        """Apply what the log has and the replica has not; from a snapshot when their histories differ."""
        entries = await self._log.read(followed.instance, followed.replica.position)
        try:
            if entries is not None:
                for entry in entries:
                    followed.receive(entry)
                return
        except DamagedPatch as error:
            logger.error("%s is loaded afresh, because an entry does not fit: %s", followed, error)
        await self.reload(followed)

    async def reload(self, followed: Followed) -> None:
        """Begin again from the log; makes a new history when the log lost this one."""
        loaded, old = await self._log.load(followed.instance), followed.replica.position
        if loaded is None:
            logger.error("The log has lost %s; it begins again from its initial state.", followed.instance)
            loaded = await self._log.create(followed.instance, await self.initial_state(followed.instance))
        # Looked at after loading: what is lost from now on is found at the next comparison. Nobody was shown anything of
        # an instance that was not yet in the log.
        is_lost = followed.is_born and await self._log.contains(followed.instance, old) is False
        self._metrics.lost += is_lost
        followed.load(*loaded, is_born=True, is_lost=is_lost)

    async def initial_state(self, instance: Instance) -> FrozenDict[str, Any]:
        """
        What the store's ``state=`` gives now.

        Raises:
            StateTooLarge: It is larger than a state may be.
        """
        state = await make_initial(instance.store)
        # A dict that every page begins with is measured once.
        if self._measured.get(instance.store) is not state:
            check_initial_size(instance, state)
            self._measured[instance.store] = state
        return state
