"""
System checks: every wrong configuration that can be seen before the first visitor sees it.

Ids: E0xx for settings, E1xx for live views and templates, W for what works but not as one would expect.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.handlers.asgi import ASGIHandler
from django.template import Context, TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.utils.module_loading import import_string

from . import conf
from .exceptions import LiveExError, LogMisconfigured, NameShadowed
from .live.assigns import claim_names
from .live.bindings import find_store
from .live.urlconf import routed_views
from .live.view import LiveView
from .rendering import find_regions
from .replication.chosen_log import choose_log
from .replication.layer_timeouts import is_impatient
from .replication.process import only_looked_at
from .store import Store, registered_stores
from .store.names import nearest

_IN_MEMORY = '{"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}'


def register_all() -> None:
    """Called once, when the app is ready."""
    register(check_options, "liveex")
    register(check_channel_layer, "liveex")
    register(check_asgi, "liveex")
    register(check_stores, "liveex")
    register(check_views, Tags.urls)


def check_options(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """``LIVEEX`` has only options there are, with values they can have."""
    chosen = getattr(settings, "LIVEEX", {})
    if not isinstance(chosen, dict):
        return [Error(f"LIVEEX is {chosen!r:.60}, not a dict.", hint="Write LIVEEX = {...}.", id="liveex_django.E001")]
    return [message for name, value in chosen.items() for message in _check_option(name, value)]


def _check_option(name: Any, value: Any) -> Iterator[CheckMessage]:
    option = conf.OPTIONS.get(name)
    if option is None:
        guess = nearest(str(name), conf.OPTIONS)
        yield Error(
            f"LIVEEX has the option {name!r}, which does not exist, so it changes nothing.",
            hint=(f"Did you mean {guess!r}? " if guess else "") + f"Known options: {', '.join(conf.OPTIONS)}.",
            id="liveex_django.E002",
        )
    elif not isinstance(value, option.kinds) or (isinstance(value, bool) and bool not in option.kinds):
        kinds = " or ".join(kind.__name__ for kind in option.kinds)
        yield Error(
            f"LIVEEX[{name!r}] is {value!r:.60}, but has to be {kinds}. {option.meaning}",
            hint=f"The default is {option.default!r} {option.unit}".rstrip() + ".",
            id="liveex_django.E003",
        )
    elif option.least is not None and _is_less(value, option.least):
        yield Error(
            f"LIVEEX[{name!r}] is {value!r}, less than the least that works, {option.least:g} {option.unit}. "
            f"{option.meaning}",
            hint=f"The default is {option.default!r} {option.unit}.",
            id="liveex_django.E003",
        )
    elif name == "PATH" and not re.fullmatch("/.+", str(value)):
        yield Error(
            f"LIVEEX['PATH'] is {value!r:.60}, which is no absolute path, so no browser could find the websocket.",
            hint='Begin it with a slash, as in "/live/".',
            id="liveex_django.E003",
        )


def _is_less(value: object, least: float) -> bool:
    return isinstance(value, int | float) and value < least


def check_channel_layer(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """There is a default channel layer, and it fits the log."""
    layers = getattr(settings, "CHANNEL_LAYERS", {})
    if "default" not in layers:
        return [
            Error(
                "CHANNEL_LAYERS has no 'default' layer, so a committed mutation cannot reach other connections.",
                hint=f"Add CHANNEL_LAYERS = {_IN_MEMORY} for one process.",
                id="liveex_django.E010",
            )
        ]
    return [*_check_layer_and_log(layers["default"]), *_check_layer_timeouts(layers["default"])]


def _check_layer_and_log(layer: Mapping[str, Any]) -> Iterator[CheckMessage]:
    backend = str(layer.get("BACKEND", ""))
    try:
        log = choose_log()
    except LogMisconfigured as error:
        yield Error(str(error), id="liveex_django.E004")
        return
    if not log.shared and not backend.endswith("InMemoryChannelLayer"):
        yield Warning(
            f"The default channel layer is {backend}, but committed mutations are kept in the memory of one process, so "
            "pages served by other processes do not see them.",
            hint="Add LIVEEX = {'LOG': 'redis://localhost:6379/0'}, or serve all live pages from one process.",
            id="liveex_django.W011",
        )


def _check_layer_timeouts(layer: Mapping[str, Any]) -> Iterator[CheckMessage]:
    if is_impatient(layer):
        yield Warning(
            "The default channel layer is channels_redis.core.RedisChannelLayer, which asks Redis for messages in pieces of "
            "5 s, and its connections give up after 5 s or less, as redis-py has done by default since 8.0. So a process "
            "that hears nothing for that long loses its connection with an error, and then hears nothing for up to 15 s.",
            hint='Write CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = [{"address": "redis://localhost:6379/0", '
            '"socket_timeout": 30}]. Or take "channels_redis.pubsub.RedisPubSubChannelLayer", which is recommended.',
            id="liveex_django.W012",
        )


def check_asgi(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The project is served over ASGI."""
    messages: list[CheckMessage] = []
    if not getattr(settings, "ASGI_APPLICATION", None):
        messages.append(
            Error(
                "ASGI_APPLICATION is not set, so there is no websocket and no page can update itself.",
                hint='Add ASGI_APPLICATION = "mysite.asgi.application", made with '
                "liveex_django.asgi.get_asgi_application().",
                id="liveex_django.E020",
            )
        )
    elif isinstance(_asgi_application(), ASGIHandler):
        messages.append(
            Error(
                f"{settings.ASGI_APPLICATION} is Django's own application, which knows no websockets, so no page can update "
                "itself.",
                hint="In asgi.py, write: from liveex_django.asgi import get_asgi_application.",
                id="liveex_django.E023",
            )
        )
    if not apps.is_installed("daphne") and settings.DEBUG:
        messages.append(
            Warning(
                "'daphne' is not in INSTALLED_APPS, so `manage.py runserver` serves no websockets.",
                hint="Put 'daphne' at the top of INSTALLED_APPS, or develop with another ASGI server, such as uvicorn.",
                id="liveex_django.W021",
            )
        )
    elif apps.is_installed("daphne") and _position("daphne") > _position("django.contrib.staticfiles"):
        messages.append(
            Error(
                "'daphne' stands behind 'django.contrib.staticfiles' in INSTALLED_APPS, so `manage.py runserver` is "
                "Django's own and serves no websockets.",
                hint="Move 'daphne' to the top of INSTALLED_APPS.",
                id="liveex_django.E022",
            )
        )
    return messages


def _asgi_application() -> Any:
    """The project's application; None when it cannot be imported, which whoever serves it will say better."""
    try:
        # The commands of a worker are checked too; `runserver` counts as serving with its first request.
        with only_looked_at():
            return import_string(settings.ASGI_APPLICATION)
    except Exception:  # a project's module may raise anything when it is imported
        return None


def _position(app: str) -> float:
    names = [config.name for config in apps.get_app_configs()]
    return names.index(app) if app in names else float("inf")


def check_stores(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """No two stores share a name, since they would share their data."""
    by_name: dict[str, list[Store]] = defaultdict(list)
    for store in registered_stores():
        by_name[store.name].append(store)
    return [
        Error(
            f"{len(stores)} stores have the name {name!r}; they would write into each other's log.",
            hint='Give each a name of its own, such as "app.store".',
            id="liveex_django.E030",
        )
        for name, stores in by_name.items()
        if len(stores) > 1
    ]


def check_views(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every live view of the URLconf has a template that can be live, stores that exist, and names that do not clash."""
    return [message for view in routed_views() for message in check_view(view)]


def check_view(view: type[LiveView]) -> list[CheckMessage]:
    """What is wrong with one live view."""
    return [*_check_template(view), *_check_bindings(view)]


def _check_template(view: type[LiveView]) -> Iterator[CheckMessage]:
    if not view.template_name:
        yield Error(
            f"{view.__qualname__} has no template_name, so there is nothing to render.",
            hint='Add template_name = "app/page.html".',
            obj=view,
            id="liveex_django.E101",
        )
        return
    try:
        template = getattr(get_template(view.template_name), "template", None)
        find_regions(template, Context())
    except (TemplateDoesNotExist, TemplateSyntaxError, LiveExError) as error:
        yield Error(
            f"The template {view.template_name!r} of {view.__qualname__} cannot be live: {type(error).__name__}: {error}",
            obj=view,
            id="liveex_django.E102",
        )


def _check_bindings(view: type[LiveView]) -> Iterator[CheckMessage]:
    sources: dict[str, Any] = {}
    try:
        for name in view.stores:
            find_store(view.stores[name])
            sources[f"the store bound as {name!r}"] = [name]
        if view.store is not None:
            store = find_store(view.store)
            yield from _check_store_key(view, store)
            sources[f"a getter of store {store.name!r}"] = [name for name in store.getters if "/" not in name]
            sources[f"a key of the state of store {store.name!r}"] = _known_keys(store)
        claim_names(sources)
    except NameShadowed as error:
        yield Error(f"{view.__qualname__}: {error}", obj=view, id="liveex_django.E104")
    except LiveExError as error:
        yield Error(f"{view.__qualname__}: {error}", obj=view, id="liveex_django.E103")


def _check_store_key(view: type[LiveView], store: Store) -> Iterator[CheckMessage]:
    if store.scope == "key" and view.get_store_key is LiveView.get_store_key:
        yield Error(
            f"{view.__qualname__} shows store {store.name!r} of scope 'key', but does not say which instance.",
            hint="Add: def get_store_key(self): return f\"room-{self.kwargs['room']}\".",
            obj=view,
            id="liveex_django.E105",
        )


def _known_keys(store: Store) -> list[str]:
    """The keys of the state, as far as they can be known without running the project's function."""
    initial = store.initial
    if not callable(initial):
        return list(initial)
    returns = getattr(initial, "__annotations__", {}).get("return")
    return list(getattr(returns, "__annotations__", {}))
