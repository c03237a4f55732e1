"""What a command line calls an instance: ``STORE``, or ``STORE:KEY``."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from ..exceptions import InvalidDeclaration, InvalidPayload, LiveExError, UnknownStore
from ..live.bindings import StoreRef, find_store
from ..live.urlconf import routed_views
from ..live.view import LiveView
from ..replication import Instance
from ..store import Store, registered_stores
from ..store.names import nearest, shorten


def add_instance_argument(parser: ArgumentParser) -> None:
    """Have a command ask for an instance, as ``options["instance"]``."""
    parser.add_argument(
        "instance",
        metavar="STORE[:KEY]",
        help="A store, by its name or by the dotted path of its module, such as inventory.store; for a store of another "
        "scope than global, the key behind a colon.",
    )


def find_instance(text: str) -> Instance:
    """
    The instance that somebody named on a command line. The key is all that follows the first colon.

    Raises:
        CommandError: There is no such store, there are two, or the key does not fit its scope.
    """
    ref, _, key = text.partition(":")
    store = _find(ref)
    try:
        return Instance(store, key)
    except InvalidPayload as error:
        right = store.name if store.scope == "global" else f"{store.name}:KEY"
        raise CommandError(f"{error} On the command line: {right}") from error


def _find(ref: str) -> Store:
    found = _named(ref) or _at_path(ref)
    if found is None:
        _import_stores_of_views()
        found = _named(ref)
    if found is None:
        names = [store.name for store in registered_stores()]
        error = UnknownStore(
            shorten(ref), names, owner="This project", consequence="nothing was done", nearest=nearest(ref, names)
        )
        raise CommandError(
            f"{error} These are the stores of the live views in the URLconf, and those imported with the apps; name another "
            "one by the dotted path of its module, such as inventory.store."
        ) from error
    return found


def _named(name: str) -> Store | None:
    found = [store for store in registered_stores() if store.name == name]
    if len(found) > 1:
        raise CommandError(
            f"{len(found)} stores have the name {name!r}, and would write into each other's log. Give each a name of its "
            "own: manage.py check."
        )
    return found[0] if found else None


def _at_path(path: str) -> Store | None:
    if "." not in path:
        return None
    try:
        return find_store(path)
    except InvalidDeclaration:
        return None


def _import_stores_of_views() -> None:
    """Stores that live views name by their paths are imported when a page is asked for, and nobody has."""
    for view in routed_views():
        for ref in _stores_of(view):
            try:
                find_store(ref)
            except LiveExError:  # `manage.py check` says what is wrong with that view
                continue


def _stores_of(view: type[LiveView]) -> list[StoreRef]:
    own = [] if view.store is None else [view.store]
    return [*own, *view.stores.values()]
