"""
Where Django says that somebody's rights may have changed: login and logout, users, their groups and permissions, sessions.

What says nothing (``QuerySet.update()``, ``bulk_update()``, sessions that only a cache has) is noticed by the check that
each page runs by itself.
"""

import sys
from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.utils import timezone
from django.utils.module_loading import import_string

from .visitor_changes import everybody_changed, visitors_changed
from .visitors import session_name, user_name

# What a login writes; it changes nobody's rights.
_LOGIN_FIELDS = {"last_login"}


def connect() -> None:
    """Called when the app is ready. Asks nothing of an app that is not installed."""
    if apps.is_installed("django.contrib.auth"):
        _connect_auth()
    sessions = _session_model()
    # While somebody listens, Django reads every row that it deletes. Of sessions that have expired there may be millions,
    # and nobody has to hear of them.
    if sessions is not None and sys.argv[1:2] != ["clearsessions"]:
        post_delete.connect(_session_deleted, sender=sessions)


def _connect_auth() -> None:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group, Permission
    from django.contrib.auth.signals import user_logged_in, user_logged_out

    user_logged_in.connect(_session_changed)
    user_logged_out.connect(_session_changed)
    user_model = get_user_model()
    # Django names the class that was saved, which may be a proxy or a child of the user model.
    for model in apps.get_models():
        if issubclass(model, user_model):
            post_save.connect(_user_saved, sender=model)
            post_delete.connect(_user_deleted, sender=model)
    for field in user_model._meta.many_to_many:
        if field.remote_field.model in (Group, Permission):
            m2m_changed.connect(_user_gained_or_lost, sender=field.remote_field.through)
    m2m_changed.connect(_group_gained_or_lost, sender=Group.permissions.through)
    for model in (Group, Permission):
        post_delete.connect(_right_deleted, sender=model)


def _session_model() -> type[Model] | None:
    """The model that sessions are kept in, if they are kept in one."""
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    try:
        model: type[Model] | None = store.get_model_class() if hasattr(store, "get_model_class") else None
    except RuntimeError:  # Django's answer when its app is not installed
        return None
    return model


def _session_changed(request: Any, **kwargs: Any) -> None:
    """
    A login or logout by way of a request. The pages of that browser know the session by their cookie; a login has given it
    another name by now, a logout is about to end it.
    """
    keys = {
        getattr(request, "COOKIES", {}).get(settings.SESSION_COOKIE_NAME),
        getattr(getattr(request, "session", None), "session_key", None),
    }
    visitors_changed(*(session_name(key) for key in keys if key))


def _user_saved(
    instance: Model, created: bool, update_fields: Collection[str] | None, using: str, **kwargs: Any
) -> None:
    # Who has just been created has no page open.
    if not created and not (update_fields and _LOGIN_FIELDS.issuperset(update_fields)):
        visitors_changed(user_name(instance.pk), using=using)


def _user_deleted(instance: Model, using: str, **kwargs: Any) -> None:
    visitors_changed(user_name(instance.pk), using=using)


def _user_gained_or_lost(
    instance: Model, action: str, reverse: bool, pk_set: set[Any] | None, using: str, **kwargs: Any
) -> None:
    """Groups or permissions of a user have changed; ``reverse``: users of a group or of a permission."""
    if not action.startswith("post_") or pk_set == set():
        return
    if not reverse:
        visitors_changed(user_name(instance.pk), using=using)
    elif pk_set is not None:
        visitors_changed(*map(user_name, pk_set), using=using)
    else:
        everybody_changed(using=using)


def _group_gained_or_lost(action: str, pk_set: set[Any] | None, using: str, **kwargs: Any) -> None:
    if action.startswith("post_") and pk_set != set():
        everybody_changed(using=using)


def _right_deleted(using: str, **kwargs: Any) -> None:
    everybody_changed(using=using)


def _session_deleted(instance: Any, using: str, **kwargs: Any) -> None:
    # One that has expired carried no page any more.
    if instance.expire_date > timezone.now():
        visitors_changed(session_name(instance.session_key), using=using)
