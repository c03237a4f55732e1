"""
What happens when an action is dispatched while the same action of the same instance and user still runs.

``parallel`` runs both, ``queue`` waits, ``first`` refuses the newer one, ``latest`` cancels the older one. It holds
within one process. An action that dispatches itself is part of the one that runs already, and neither waits for nor
cancels it.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ..exceptions import AlreadyRunning, DispatchCircle, Superseded
from ..store.actions import Action
from .instance import Instance
from .origin import Origin


@dataclass(eq=False, slots=True)
class _Run:
    """One dispatch that waits for its turn or has it."""

    origin: Origin
    task: "asyncio.Task[object]"
    # How many cancellations of the task there were before ours: those are not for us to take.
    cancellations: int
    is_superseded: bool = False

    def supersede(self) -> None:
        """Cancel it, once: its task stands somewhere within its block, and is told there."""
        if not self.is_superseded:
            self.is_superseded = True
            self.task.cancel()

    def take_back(self) -> bool:
        """Undo our cancellation of the task; whether it was the only one, so that the task may go on."""
        return self.task.uncancel() <= self.cancellations


@dataclass(slots=True)
class _Slot:
    """Those who want to run the same action; the first of ``runs`` does, the others wait for the lock."""

    runs: list[_Run] = field(default_factory=list)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Slots:
    """The actions of one process that run under a policy; of those without, nothing is known here."""

    def __init__(self) -> None:
        self._slots: dict[Hashable, _Slot] = {}

    @asynccontextmanager
    async def entered(self, action: Action, instance: Instance, origin: Origin) -> AsyncIterator[None]:
        """
        Hold the action's slot for the length of the block.

        Raises:
            AlreadyRunning: Policy ``first``, and another one runs.
            Superseded: Policy ``latest``, and a newer one came while this one waited or ran.
            DispatchCircle: Policy ``queue``, and what it would wait for waits for it.
        """
        key = (instance.digest, action.name, origin.owner)
        slot = self._slots.get(key)
        if action.policy == "parallel" or (slot and any(origin.is_within(run.origin) for run in slot.runs)):
            yield
            return
        if slot is None:
            slot = self._slots[key] = _Slot()
        self._make_way(slot, action, origin)
        task = asyncio.current_task()
        assert task is not None
        run = _Run(origin, task, task.cancelling())
        slot.runs.append(run)
        try:
            async with slot.turn:
                yield
        except asyncio.CancelledError:
            if run.is_superseded and run.take_back():
                raise Superseded(action.name) from None
            raise
        else:
            if run.is_superseded:  # it swallowed the cancellation, and has ended as it wanted
                run.take_back()
        finally:
            slot.runs.remove(run)
            if not slot.runs:
                del self._slots[key]

    def _make_way(self, slot: _Slot, action: Action, origin: Origin) -> None:
        match action.policy:
            case "first" if slot.runs:
                raise AlreadyRunning(action.name)
            case "latest":
                for run in slot.runs:
                    run.supersede()
            case "queue" if self._waits_for(slot, origin, set()):
                raise DispatchCircle(action.name)

    def _waits_for(self, slot: _Slot, origin: Origin, seen: set[int]) -> bool:
        """Whether one in the slot called ``origin``, or waits, itself or what it called, in a slot of one that did."""
        seen.add(id(slot))
        for run in slot.runs:
            if origin.is_within(run.origin):
                return True
            for other in self._slots.values():
                stands_there = any(waiting.origin.is_within(run.origin) for waiting in other.runs[1:])
                if stands_there and id(other) not in seen and self._waits_for(other, origin, seen):
                    return True
        return False
