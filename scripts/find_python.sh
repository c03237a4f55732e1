#!/bin/sh
# Prints the newest Python, 3.11 or later, that is on PATH and able to make a virtual environment.
#
# Each candidate is run, since a name alone says little: version managers leave names for versions that are not
# active, and Debian packages Python without ensurepip.

found_without_venv=""

for candidate in python3.13 python3.12 python3.11 python3 python; do
    command -v "$candidate" >/dev/null 2>&1 || continue
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
    if "$candidate" -c 'import ensurepip, sqlite3, ssl, venv' >/dev/null 2>&1; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
    found_without_venv="$candidate"
done

if [ -n "$found_without_venv" ]; then
    echo "$found_without_venv lacks ensurepip, sqlite3, ssl or venv, so no virtual environment can be made with it." >&2
    echo "Install them; on Debian and Ubuntu: apt-get install python3-venv" >&2
else
    echo "There is no Python 3.11 or newer on PATH, so nothing can be installed." >&2
    echo "Install one (https://www.python.org/downloads/; on Debian 12 and later: apt-get install python3-venv)." >&2
fi
exit 1
