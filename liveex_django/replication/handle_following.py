"""The part of a handle that looks ahead: subscriptions and watches."""

from collections.abc import Callable

from .handle_base import HandleBase
from .process import call_serving_hub, current_hub
from .threads import refuse_on_loop
from .watching import EntryCallback, Selector, Subscription, ValueCallback, subscribe, watch


class FollowingHandle(HandleBase):
    """Callbacks run on the hub's event loop. Entries that a reload skipped are not told; the next ``before`` shows it."""

    async def asubscribe(self, callback: EntryCallback, *, owner: object = None) -> Subscription:
        return await subscribe(current_hub(), self.instance, callback, owner)

    def subscribe(self, callback: EntryCallback, *, owner: object = None) -> Subscription:
        """From sync code in a process that serves pages."""
        refuse_on_loop("subscribe", "asubscribe")
        return call_serving_hub(lambda hub: subscribe(hub, self.instance, callback, owner), "subscribe")

    async def awatch(self, getter: Selector, callback: ValueCallback, *, owner: object = None) -> Callable[[], None]:
        return await watch(current_hub(), self.instance, getter, callback, owner)

    def watch(self, getter: Selector, callback: ValueCallback, *, owner: object = None) -> Callable[[], None]:
        """From sync code in a process that serves pages."""
        refuse_on_loop("watch", "awatch")
        return call_serving_hub(lambda hub: watch(hub, self.instance, getter, callback, owner), "watch")
