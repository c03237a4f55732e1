"""
What may be asked of a store: business logic and side effects around the mutations that it commits.
"""

import inspect
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, get_args
from uuid import UUID

from liveex_django.exceptions import InvalidDeclaration
from liveex_django.store.entry import Entry
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.getters import Getters
from liveex_django.store.names import declared_name, is_async_function, shorten
from liveex_django.store.parameters import Parameters

if TYPE_CHECKING:
    from liveex_django.store.store import Store

__all__ = ["Action", "ActionContext", "ActionOptions", "Policy"]

# What happens when an action is dispatched while the same action of the same instance and user still runs: the older
# one is cancelled, the newer one is refused, it waits, or both run.
Policy = Literal["latest", "first", "queue", "parallel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionOptions:
    """The options of ``@store.action(...)``."""

    # A browser may dispatch it.
    public: bool = False

    # The Django permission that whoever dispatches it must have, as has_perm takes it: "inventory.change_item".
    permission: str | None = None

    # Database rows and commits happen both or not at all; only for a plain def.
    atomic: bool = False

    # It may be run again when its outcome is unknown: it does nothing but commit, which counts once, or nothing that
    # would do harm twice.
    idempotent: bool = False

    policy: Policy = "parallel"

    # Seconds that it may run before it is cancelled; only for an async def. None waits for ever.
    timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A declared action; ``name`` is the full one, say ``cart/add``, and ``module`` the way there: ``("cart",)``."""

    name: str
    function: Callable[..., Any]
    parameters: Parameters
    store_name: str
    is_async: bool
    public: bool
    permission: str | None
    atomic: bool
    idempotent: bool
    policy: Policy
    timeout: float | None
    module: tuple[str, ...] = ()

    @classmethod
    def declare(cls, function: Callable[..., Any], store_name: str, options: ActionOptions) -> Self:
        """
        What ``@store.action(...)`` makes of a function.

        Raises:
            InvalidDeclaration: It is a generator, has parameters that cannot be, or options that do not go together.
        """
        name = declared_name(function, "action", store_name)
        owner = f"Action {name!r} of store {store_name!r}"
        inner = inspect.unwrap(function)
        if any(is_kind(inner) for is_kind in (inspect.isgeneratorfunction, inspect.isasyncgenfunction)):
            raise InvalidDeclaration(
                f"{owner} is a generator, so calling it would run nothing. Return one value, or commit what it yields."
            )
        is_async = is_async_function(function)
        _check_options(options, owner, is_async)
        return cls(
            name=name,
            function=function,
            parameters=Parameters(function, owner=owner),
            store_name=store_name,
            is_async=is_async,
            public=options.public,
            permission=options.permission,
            atomic=options.atomic,
            idempotent=options.idempotent,
            policy=options.policy,
            timeout=options.timeout,
        )

    def nested(self, module: str, store_name: str) -> Self:
        """The same action as the store ``store_name`` has it, whose module ``module`` its own store is."""
        return replace(self, name=f"{module}/{self.name}", module=(module, *self.module), store_name=store_name)


def _check_options(options: ActionOptions, owner: str, is_async: bool) -> None:
    for option in ("public", "atomic", "idempotent"):
        value = getattr(options, option)
        if not isinstance(value, bool):
            raise InvalidDeclaration(f"{owner} has {option}={value!r}, which is neither True nor False. Choose one.")
    if options.permission is not None and not (isinstance(options.permission, str) and options.permission):
        raise InvalidDeclaration(
            f"{owner} has permission={options.permission!r}, which nobody could have. Name one permission as has_perm "
            'takes it, for example "inventory.change_item", or leave it out.'
        )
    if options.policy not in get_args(Policy):
        raise InvalidDeclaration(
            f"{owner} has policy={shorten(repr(options.policy))}, which is none. Choose one of "
            f"{', '.join(map(repr, get_args(Policy)))}."
        )
    _check_timeout(options.timeout, owner)
    if options.atomic and is_async:
        raise InvalidDeclaration(
            f"{owner} is atomic and an async def, but a database transaction of Django belongs to one thread and "
            "cannot be held across an await. Make it a plain def, which runs in a thread, or leave atomic=True out."
        )
    if not is_async and (options.timeout is not None or options.policy == "latest"):
        option = "policy='latest'" if options.policy == "latest" else f"timeout={options.timeout!r}"
        raise InvalidDeclaration(
            f"{owner} is a plain def with {option}, but a plain def runs in a thread, and a running thread cannot be "
            "cancelled. Make it an async def, or leave the option out."
        )


def _check_timeout(timeout: object, owner: str) -> None:
    if timeout is None:
        return
    is_number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not is_number or not math.isfinite(timeout) or timeout <= 0:  # type: ignore[arg-type, operator]
        raise InvalidDeclaration(
            f"{owner} has timeout={shorten(repr(timeout))}, which is no time to wait. Give seconds above 0, or None to "
            "wait for ever."
        )


class Transaction(Protocol):
    """What ``ctx.transaction(...)`` gives; ``entry`` is there when the block has ended and something was committed."""

    entry: Entry | None

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: Any) -> None: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc_info: Any) -> None: ...


class ActionContext(ABC):
    """
    The ``ctx`` that an action gets: the instance it was dispatched to, and whoever dispatched it.

    For an action of a module, ``state``, ``getters`` and the names of mutations and actions are those of the module.
    ``x()`` is for a plain ``def``, ``ax()`` for an ``async def``.
    """

    @property
    @abstractmethod
    def store(self) -> "Store":
        """The store, as it was declared."""

    @property
    @abstractmethod
    def key(self) -> str:
        """Which instance of the store."""

    @property
    @abstractmethod
    def state(self) -> FrozenDict[str, Any]:
        """The newest state this process knows, read-only; another one after each commit."""

    @property
    @abstractmethod
    def getters(self) -> Getters:
        """The getters of ``state``."""

    @property
    @abstractmethod
    def user(self) -> Any:
        """Who acts: the user of the page or the one given to ``store.at``, None for the system."""

    @property
    @abstractmethod
    def actor(self) -> str | None:
        """``user`` as entries name it."""

    @property
    @abstractmethod
    def now(self) -> datetime:
        """When this dispatch began, aware, in UTC: the same for all that it does. For payloads; mutations have no clock."""

    @abstractmethod
    def uuid(self) -> UUID:
        """
        A random UUID for payloads: a new one at each call, the same ones when the same dispatch is asked for again.

        Nobody can guess it without the project's ``SECRET_KEY``.
        """

    @abstractmethod
    def transaction(self, label: str) -> Transaction:
        """
        Within ``with ctx.transaction("move card"):``, or ``async with``, mutations become one entry, all or nothing.

        ``commit`` returns None there, and ``state`` is what it will be unless another commit comes first. Actions that
        are dispatched within take part. What raises at the end, on the newest state, raises out of the block.
        """

    @abstractmethod
    def commit(
        self, mutation: str | Callable[..., Any], /, *args: Any, on_commit: bool = False, **kwargs: Any
    ) -> Entry | None:
        """
        Commit a mutation now, or with ``on_commit`` when the open database transaction has committed (then None).

        Raises:
            UnknownMutation, InvalidPayload, InvalidState, Reject: Nothing was changed.
            CommitInTransaction: A database transaction is open and ``on_commit`` is False.
        """

    @abstractmethod
    async def acommit(
        self, mutation: str | Callable[..., Any], /, *args: Any, on_commit: bool = False, **kwargs: Any
    ) -> Entry | None:
        """``commit`` in an ``async def``."""

    @abstractmethod
    def dispatch(self, action: str | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """
        Run another action as the same user, and return what it returns; its entries name this one as their cause.

        While a database transaction is open, it waits for that to commit, and returns None; in an atomic action it is
        a part of it.
        """

    @abstractmethod
    async def adispatch(self, action: str | Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """``dispatch`` in an ``async def``."""

    @abstractmethod
    def on_commit(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` when the open database transaction has committed; at once when there is none."""
