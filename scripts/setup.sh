#!/bin/sh
# setup.sh [VENV LOCK]: makes .venv with everything that development, the tests and the demo need, from the lock
# file; or another one. Does nothing when it is up to date. PYTHON names another interpreter (3.11 or newer).
set -eu
cd "$(dirname "$0")/.."

venv="${1:-.venv}"
lock="${2:-requirements/dev.txt}"
stamp="$venv/.installed"
wanted="$(cat "$lock" scripts/setup.sh | cksum)"
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

python="${PYTHON:-$(command -v python3.11 || command -v python3 || true)}"
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "setup: Python 3.11 or newer is needed; PYTHON=/path/to/python names one" >&2
    exit 1
fi

if [ -L "$venv" ]; then
    echo "setup: $venv is a symbolic link, and would be emptied where it leads: remove it" >&2
    exit 1
fi
echo "setup: installing into $venv (once, about half a minute)" >&2
if ! "$python" -m venv --clear "$venv" 2>/dev/null; then
    # Debian ships venv apart from Python.
    echo "setup: installing python3-venv" >&2
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    "$python" -m venv --clear "$venv"
fi
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$(grep '^uv==' "$lock")"
"$venv/bin/uv" pip install --quiet --python "$venv/bin/python" -r "$lock" ||
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
echo "$wanted" >"$stamp"
