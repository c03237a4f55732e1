"""
Runs the blocks of a how-to that name no file, one after the other in one module, with Django set up as in a test.

Run as a program in the folder of a project that has the how-to's files; its argument is the document.
"""

import os
import sys
from pathlib import Path

import django
from django.test.utils import setup_test_environment

from tests.docs.documents import Document

sys.path.insert(0, os.getcwd())
os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
django.setup()
setup_test_environment()

document = Document(Path(sys.argv[1]))
# A name of a module, so that annotations in the examples are looked up in the examples.
examples = {"__name__": "examples"}
for block in document.blocks:
    if block.language == "python" and block.path is None:
        code = "\n" * (block.line - 1) + block.code
        exec(compile(code, document.name, "exec"), examples)  # noqa: S102
