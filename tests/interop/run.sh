#!/usr/bin/env bash
# Holds what attune writes and computes against transformers, TRL, PEFT, datasets and safetensors.
# Arguments go to pytest. FIXTURES: keep what is exchanged in this folder (default: a temporary one, removed).
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
python=$(bash scripts/python-env.sh)
if [[ -n "${FIXTURES:-}" ]]; then
  fixtures=$(mkdir -p "$FIXTURES" && cd "$FIXTURES" && pwd)
else
  fixtures=$(mktemp -d "${TMPDIR:-/tmp}/attune-interop-XXXXXX")
  trap 'rm -rf "$fixtures"' EXIT
fi
export PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1 HF_HUB_DISABLE_TELEMETRY=1 TOKENIZERS_PARALLELISM=false TQDM_DISABLE=1
export HF_HOME="$fixtures/hf-home" ATTUNE_ROOT="$root" ATTUNE_FIXTURES="$fixtures"
npx tsx tests/interop/make-fixtures.ts "$fixtures"
"$python" -m pytest tests/interop -p no:cacheprovider -W ignore -q "$@"
