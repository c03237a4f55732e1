"""
A store: a state, who shares it, and everything that may be done to it, declared in one module of a project.
"""

import weakref
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeVar, cast, get_args, overload

from liveex_django.exceptions import (
    InvalidDeclaration,
    UnknownAction,
    UnknownGetter,
    UnknownMutation,
)
from liveex_django.store.actions import Action, ActionOptions, Policy
from liveex_django.store.declared import Declared
from liveex_django.store.frozen import FrozenDict
from liveex_django.store.getters import Getter
from liveex_django.store.handles import StoreHandle, make_handle
from liveex_django.store.initial import Initial, checked_state, compose_initial, declare_initial
from liveex_django.store.migrations import Migrations
from liveex_django.store.mutations import Mutation
from liveex_django.store.names import check_store_name, shorten
from liveex_django.store.plugins import Hooks, Plugin, Subscriber
from liveex_django.store.restoring import BUILT_IN_NAMES, built_in_mutation

__all__ = ["Scope", "Store", "registered_stores"]

F = TypeVar("F", bound=Callable[..., Any])

Scope = Literal["global", "user", "session", "page", "key"]

_SCOPES = {
    "global": "every visitor shares one",
    "user": "one per logged-in user",
    "session": "one per browser session",
    "page": "one per browser tab",
    "key": "the view says which, in get_store_key()",
}

_MISSING: Any = object()

_stores: "weakref.WeakSet[Store]" = weakref.WeakSet()


def registered_stores() -> list["Store"]:
    """Every store there is in this process, by name; two of one name are the caller's to complain about."""
    return sorted(_stores, key=lambda store: store.name)


class Store:
    """
    What a project declares once per kind of state.

    Raises:
        InvalidDeclaration: The name, the scope, the initial state, the schema, a plugin or a module cannot be.
        InvalidState: The initial dict holds something that state cannot hold.
    """

    def __init__(
        self,
        name: str,
        *,
        # Who shares an instance. No default: a forgotten scope would show one visitor's choices to everybody.
        scope: Scope = _MISSING,
        # A dict, a def (runs in a thread, may use the ORM) or an async def; runs once per instance.
        state: Initial,
        # Raise it together with a migration when what the state consists of changes.
        schema: int = 1,
        # Instances that see every action and mutation; the first may Reject before the second is asked.
        plugins: Iterable[Plugin] = (),
        # Stores whose state is nested under their name here, and whose names get "name/" in front.
        modules: "Mapping[str, Store] | None" = None,
        # Parts of names, besides "password", "token" and "secret", whose values no log of a server shows.
        sensitive: Iterable[str] = (),
    ) -> None:
        self.name = check_store_name(name)
        self.scope: Scope = _checked_scope(scope, name)
        self.schema = _checked_schema(schema, name)
        self.hooks = Hooks(plugins, name)
        self.mutations: Declared[Mutation] = Declared(name, UnknownMutation, "this commit cannot be made")
        self.getters: Declared[Getter] = Declared(name, UnknownGetter, "there is nothing to read")
        self.actions: Declared[Action] = Declared(name, UnknownAction, "this dispatch cannot be made")
        self.migrations = Migrations(name, self.schema)
        self._own_sensitive = _checked_sensitive(sensitive, name)
        self._own_initial = declare_initial(state, name)
        self._modules: dict[str, Store] = {}
        self._subscribers: dict[str, list[Subscriber]] = {}
        for module, store in (modules or {}).items():
            self.add_module(module, store)
        _stores.add(self)

    def __repr__(self) -> str:
        return f"<Store {self.name!r}, scope {self.scope!r}>"

    @property
    def modules(self) -> "Mapping[str, Store]":
        """The stores nested in this one, by the name they have here."""
        return MappingProxyType(self._modules)

    @property
    def initial(self) -> Initial:
        """The initial state as it was given (a dict is frozen); with modules, one of the same three for all of them."""
        if not self._modules:
            return self._own_initial
        modules = {name: store.initial for name, store in self._modules.items()}
        return compose_initial(self._own_initial, modules, self.name)

    @property
    def sensitive(self) -> frozenset[str]:
        """The names that were given, with those of the modules."""
        return self._own_sensitive.union(*(store.sensitive for store in self._modules.values()))

    def check_initial(self, value: object) -> FrozenDict[str, Any]:
        """
        What ``initial`` gave, frozen: the state of version 0.

        Raises:
            InvalidState: It cannot be a state.
            InvalidDeclaration: A getter has the name of one of its keys.
        """
        state = checked_state(value, self.name)
        self._refuse_shadowing(self.getters, state)
        for name, store in self._modules.items():
            store.check_initial(state.get(name))
        return state

    @overload
    def mutation(self, function: F, /) -> F: ...

    @overload
    def mutation(self, function: None = None, /) -> Callable[[F], F]: ...

    def mutation(self, function: F | None = None, /) -> F | Callable[[F], F]:
        """
        Declare a mutation: a plain def that changes the draft it gets, and returns nothing. Stays a plain function.

        Raises:
            InvalidDeclaration: It is async or a generator, or its name or parameters cannot be.
        """

        def declare(function: F) -> F:
            self.mutations.declare(Mutation.declare(function, self.name))
            return function

        return declare if function is None else declare(function)

    @overload
    def getter(self, function: F, /) -> F: ...

    @overload
    def getter(self, function: None = None, /) -> Callable[[F], F]: ...

    def getter(self, function: F | None = None, /) -> F | Callable[[F], F]:
        """
        Declare a getter: a plain def of ``(state)`` or ``(state, getters)`` that returns a value derived from them.

        Raises:
            InvalidDeclaration: It takes something else, or has the name of a key of the state.
        """

        def declare(function: F) -> F:
            getter = Getter.declare(function, self.name)
            if not callable(self._own_initial):
                self._refuse_shadowing([getter.name], self._own_initial)
            self._refuse_shadowing([getter.name], self._modules)
            self.getters.declare(getter)
            return function

        return declare if function is None else declare(function)

    @overload
    def action(self, function: F, /) -> F: ...

    @overload
    def action(
        self,
        function: None = None,
        /,
        *,
        public: bool = False,
        permission: str | None = None,
        atomic: bool = False,
        idempotent: bool = False,
        policy: Policy = "parallel",
        timeout: float | None = None,
    ) -> Callable[[F], F]: ...

    def action(self, function: F | None = None, /, **options: Any) -> F | Callable[[F], F]:
        """
        Declare an action: a def or async def of ``(ctx, ...)``; the options are those of ``ActionOptions``.

        Raises:
            InvalidDeclaration: Its name, its parameters or its options cannot be.
        """

        def declare(function: F) -> F:
            self.actions.declare(Action.declare(function, self.name, ActionOptions(**options)))
            return function

        return declare if function is None else declare(function)

    def migrate(self, old: int, new: int, /) -> Callable[[F], F]:
        """
        Declare a migration: a plain def that changes a draft of a state of schema ``old`` into one of ``new``.

        Raises:
            InvalidDeclaration: They are no neighbouring schemas of this store, or it takes something else.
        """

        def declare(function: F) -> F:
            self.migrations.declare(old, new, function)
            return function

        return declare

    def on(self, mutation: str | Callable[..., Any], /) -> Callable[[F], F]:
        """
        Declare a callback ``(entry, before, after)``, def or async def, for every committed entry of a mutation.

        Raises:
            UnknownMutation: There is no such mutation (yet: declare the mutation first).
        """
        name = self.find_mutation(mutation).name

        def declare(callback: F) -> F:
            self._subscribers.setdefault(name, []).append(Subscriber.declare(callback, name, self.name))
            return callback

        return declare

    def subscribers(self, mutation: str) -> list[Subscriber]:
        """The callbacks for a mutation, by its full name: this store's, then those of the module it comes from."""
        found = list(self._subscribers.get(mutation, ()))
        module, slash, rest = mutation.partition("/")
        if slash and module in self._modules:
            found += [subscriber.nested(module) for subscriber in self._modules[module].subscribers(rest)]
        return found

    def add_module(self, name: str, store: "Store") -> None:
        """
        Nest ``store`` under ``name``: its state as ``state[name]``, its mutations, getters and actions as ``name/…``.

        Raises:
            InvalidDeclaration: The name is taken, or the store cannot be nested here.
        """
        problem = self._problem_of_module(name, store)
        if problem:
            raise InvalidDeclaration(f"Store {self.name!r} cannot have the module {name!r}: {problem}")
        modules = {**{other: module.initial for other, module in self._modules.items()}, name: store.initial}
        compose_initial(self._own_initial, modules, self.name)
        self._modules[name] = store
        self.mutations.mount(name, store.mutations)
        self.getters.mount(name, store.getters)
        self.actions.mount(name, store.actions)

    def find_mutation(self, ref: str | Callable[..., Any], *, within: tuple[str, ...] = ()) -> Mutation:
        """
        The mutation of a name or a function, ``$reset`` and ``$restore`` among them; ``within`` is the module asking.

        Raises:
            UnknownMutation: With the nearest match and the list of known names.
        """
        if isinstance(ref, str) and ref in BUILT_IN_NAMES and not within:
            return built_in_mutation(ref, self.name)
        return self.mutations.find(ref, within)

    def find_action(self, ref: str | Callable[..., Any], *, within: tuple[str, ...] = ()) -> Action:
        """
        The action of a name or a function; ``within`` is the module of the action that asks.

        Raises:
            UnknownAction: With the nearest match and the list of known names.
        """
        return self.actions.find(ref, within)

    def at(self, key: str = "", user: Any = None) -> StoreHandle:
        """
        One instance of the store, from anywhere; ``user`` is who acts, without one the system.

        Raises:
            NotReady: liveex_django was not started.
        """
        return make_handle(self, key, user)

    def _refuse_shadowing(self, getters: Iterable[str], keys: Iterable[str]) -> None:
        taken = set(keys)
        for name in getters:
            if name in taken:
                raise InvalidDeclaration(
                    f"Store {self.name!r} has both a getter and a key of the state named {name!r}, so in a template "
                    "the name could mean either. Rename the getter, or the key."
                )

    def _problem_of_module(self, name: str, store: "Store") -> str | None:
        if not isinstance(name, str) or not name.isidentifier():
            return "a module's state is found under its name, so the name is an identifier. Choose another."
        if not isinstance(store, Store):
            return f"{shorten(repr(store))} is no Store. Give the Store itself."
        if name in self._modules:
            return "it has a module of that name already. Choose another name."
        if name in self.getters:
            return "it has a getter of that name, which the module's state would shadow. Rename one of them."
        if store is self or self in store._all_modules():
            return f"store {store.name!r} would contain itself. Nest it the other way round."
        if store in self._all_modules() or not self._all_modules().isdisjoint(store._all_modules()):
            return (
                f"store {store.name!r} is in it already, and a function could not tell which of the two it means. "
                "Make each with a function that declares a new Store."
            )
        if store.scope != self.scope:
            return (
                f"store {store.name!r} has scope {store.scope!r}, but nested it is shared by whoever shares this one, "
                f"which has scope {self.scope!r}. Give both the same scope, or let the view use two stores."
            )
        if store.hooks:
            return f"store {store.name!r} has plugins, which see whole instances only. Give them to this store."
        if store.migrations:
            return (
                f"store {store.name!r} has migrations, which change whole instances only. Declare them on this store, "
                f"where its state is state[{name!r}]."
            )
        return None

    def _all_modules(self) -> "set[Store]":
        inner = (store._all_modules() | {store} for store in self._modules.values())
        return set().union(*inner)


def _checked_scope(scope: object, name: str) -> Scope:
    if scope in get_args(Scope):
        return cast(Scope, scope)
    problem = "has no scope" if scope is _MISSING else f"has scope={shorten(repr(scope))}, which is none"
    listed = "\n".join(f"    {value!r:<10} {meaning}" for value, meaning in _SCOPES.items())
    raise InvalidDeclaration(
        f"Store {name!r} {problem}, so nobody knows who shares its state; a guess could show one visitor's choices to "
        f"all. Say it with Store({name!r}, scope=..., state=...):\n{listed}"
    )


def _checked_schema(schema: object, name: str) -> int:
    if isinstance(schema, int) and not isinstance(schema, bool) and schema >= 1:
        return schema
    raise InvalidDeclaration(
        f"Store {name!r} has schema={shorten(repr(schema))}, but migrations count in whole numbers from 1. Give the "
        "number of the newest one."
    )


def _checked_sensitive(names: object, name: str) -> frozenset[str]:
    if isinstance(names, Iterable) and not isinstance(names, str):
        found = list(names)
        if all(isinstance(item, str) and item for item in found):
            return frozenset(found)
    raise InvalidDeclaration(
        f"Store {name!r} has sensitive={shorten(repr(names))}, but it takes names: those of keys and parameters, or parts "
        'of them, whose values are not to be logged. Write sensitive=("iban",).'
    )
