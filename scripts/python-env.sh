#!/usr/bin/env bash
# Makes the Python environment of tests/interop and of bench/trl_dpo.py, or finds it made; prints its python.
# PYTHON: the interpreter to make it with (default python3, 3.10 or later). ATTUNE_VENV: where it lies (default .venv).
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
requirements="$root/tests/interop/requirements.txt"
venv="${ATTUNE_VENV:-$root/.venv}"
python="${PYTHON:-python3}"
stamp="$venv/requirements.sha256"

fail() {
  echo "python-env: $1" >&2
  exit 1
}

command -v "$python" >/dev/null || fail "there is no $python; install Python 3.10 or later, or set PYTHON"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  fail "$("$python" --version) is too old; install Python 3.10 or later, or set PYTHON"

hash=$("$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$requirements")
if [[ ! -f "$stamp" || "$(<"$stamp")" != "$hash" ]]; then
  echo "python-env: making $venv (once; a minute or more)" >&2
  rm -rf "$venv"
  "$python" -m venv "$venv" || fail "could not make $venv; on Debian and Ubuntu: apt install python3-venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >&2 ||
    fail "pip could not install $requirements"
  echo "$hash" >"$stamp"
fi
echo "$venv/bin/python"
