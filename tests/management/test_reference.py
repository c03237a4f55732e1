"""The page about the commands has every command and option there is."""

import json
import re

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

from liveex_django.management.commands.liveex_log import _as_json, _as_text
from liveex_django.replication.tail import Lost, Trimmed
from tests.docs.documents import DOCS
from tests.replication.build import make_counter

PAGE = (DOCS / "reference" / "management.md").read_text()
COMMANDS = sorted(name for name, app in get_commands().items() if app == "liveex_django")
# Those that every command has.
COMMON = BaseCommand().create_parser("manage.py", "any")


def options_of(name):
    common = {option for action in COMMON._actions for option in action.option_strings}
    actions = load_command_class("liveex_django", name).create_parser("manage.py", name)._actions
    return {option for action in actions for option in action.option_strings} - common


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_with_each_of_its_options(name):
    section = PAGE.partition(f"## `{name}`\n")[2].partition("\n## ")[0]

    assert sorted(set(re.findall(r"^\| `(--\w+)` \|", section, re.MULTILINE))) == sorted(options_of(name))
    assert set(re.findall(r"--\w+", re.search(rf"^manage.py {name} .*$", section, re.MULTILINE)[0])) == options_of(name)


def test_the_lines_about_what_is_missing_are_those_that_are_printed():
    instance = make_counter().at().instance
    told = [Trimmed(1, 400), Lost("6c2a…", 0), Lost("6c2a…", 40)]

    assert [line for each in told if (line := f"| `{_as_text(instance, each)}` |") not in PAGE] == []
    assert {key for each in told for key in json.loads(_as_json(instance, each))} == {"store", "key", "trimmed", "lost"}
