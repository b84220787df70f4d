#!/usr/bin/env bash
# Indico in an environment of its own (var/indico), for `make bench-booking` alone: its room booking is what we compare with.
# The newest release that runs with Python 3.11; setuptools because that release still imports pkg_resources.
set -euo pipefail
cd "$(dirname "$0")/.."
python3 -m venv var/indico
var/indico/bin/pip install --quiet --disable-pip-version-check --prefer-binary "indico==3.2.9" "setuptools<81"
