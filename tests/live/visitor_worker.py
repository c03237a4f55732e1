"""
A process that serves nothing and changes users in the database: ``python -m tests.live.visitor_worker``.

Each line it reads is a change and the name of a user; it answers each with a line. ``make`` makes a user who may see
everything, by way of a group, and answers with the key of a session of theirs.
"""

import sys

import django

django.setup()

from django.contrib.auth import login  # noqa: E402 - needs Django to be set up
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.http import HttpRequest  # noqa: E402


def make(name):
    user = User.objects.create_user(name, password="secret")
    group = Group.objects.create(name=f"friends of {name}")
    group.permissions.add(Permission.objects.get(codename="change_user"))
    user.groups.add(group)
    request = HttpRequest()
    request.session = SessionStore()
    login(request, user)
    request.session.save()
    return request.session.session_key


def change_password(name):
    user = User.objects.get(username=name)
    user.set_password("another")
    user.save()


def deactivate(name):
    user = User.objects.get(username=name)
    user.is_active = False
    user.save()


def delete_user(name):
    User.objects.get(username=name).delete()


def end_sessions(name):
    pk = str(User.objects.get(username=name).pk)
    for session in Session.objects.all():
        if session.get_decoded()["_auth_user_id"] == pk:
            session.delete()


def leave_group(name):
    User.objects.get(username=name).groups.clear()


def take_permission_from_group(name):
    Group.objects.get(name=f"friends of {name}").permissions.clear()


if __name__ == "__main__":
    for line in sys.stdin:
        change, name = line.split()
        print(globals()[change](name), flush=True)  # noqa: T201 - its work
