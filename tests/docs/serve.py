"""
``manage.py runserver ADDRESS`` of a new project; its output names the address it listens at, which the port 0 leaves open.

Run as a program in the project's folder.
"""

import logging
import os
import sys

from django.core.management import execute_from_command_line

# daphne tells its logger where it listens; Django's defaults do not show that.
listening = logging.getLogger("daphne.server")
listening.setLevel(logging.INFO)
listening.addHandler(logging.StreamHandler(sys.stdout))

sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
execute_from_command_line(["manage.py", "runserver", "--noreload", sys.argv[1]])
