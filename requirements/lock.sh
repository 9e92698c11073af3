#!/usr/bin/env bash
# Writes the lock files from pyproject.toml: exact versions and hashes, one file for every Python >= 3.11 and platform.
# Needs uv. Versions in the files stay as they are unless pyproject.toml forbids them; pass --upgrade to renew all.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() {
  local name=$1
  shift
  uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
    --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command requirements/lock.sh \
    --output-file "requirements/$name.txt" "$@" >/dev/null
}

lock production "$@"
lock postgres --extra postgres --constraint requirements/production.txt "$@"
lock test --group test --constraint requirements/postgres.txt "$@"
