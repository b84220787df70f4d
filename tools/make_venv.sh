#!/usr/bin/env bash
# Make .venv with the given Python, or say in one sentence what is missing. Usage: make_venv.sh PYTHON
set -euo pipefail

python=$1

fail() { printf '%s\n' "$1" >&2; exit 1; }

command -v "$python" >/dev/null ||
  fail "Python 3.11 or newer is needed and '$python' was not found. On Debian: apt-get install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  fail "Python 3.11 or newer is needed; '$python' is $("$python" --version 2>&1). Name another: make PYTHON=python3.11 run"

# An environment that works is kept.
if .venv/bin/python -m pip --version >/dev/null 2>&1; then exit 0; fi

rm -rf .venv
if "$python" -m venv .venv >/dev/null 2>&1; then exit 0; fi

# Debian keeps venv in a package of its own.
rm -rf .venv
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Debian's python3-venv ..."
  apt-get update -qq >/dev/null </dev/null || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null </dev/null ||
    fail "python3-venv could not be installed. Run: apt-get update && apt-get install python3-venv"
  "$python" -m venv .venv && exit 0
  rm -rf .venv
fi
fail "'$python' cannot make a virtual environment. On Debian run: sudo apt-get install python3-venv"
