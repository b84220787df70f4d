#!/usr/bin/env bash
# Write requirements.txt and requirements-dev.txt: exact versions with hashes, and no registry's address.
set -euo pipefail
cd "$(dirname "$0")/.."

compile() { # input, output
  .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url --no-emit-find-links "${@:3}" "$1" -o "$2"
  if grep -nE 'https?://|--(extra-)?index-url|--find-links' "$2"; then
    echo "$2 names a registry's address" >&2
    exit 1
  fi
}

compile requirements.in requirements.txt "$@"
compile requirements-dev.in requirements-dev.txt "$@"
