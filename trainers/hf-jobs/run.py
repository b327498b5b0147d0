# /// script
# requires-python = ">=3.10"
# dependencies = [
#   "torch==2.13.0",
#   "transformers==5.23.0",
#   "trl==1.13.0",
#   "peft==0.21.0",
#   "accelerate==1.15.0",
#   "datasets==5.0.1",
#   "safetensors==0.8.0",
#   "numpy==2.4.6",
# ]
# ///
"""Trains one night in a job of Hugging Face Jobs, by train.py beside it.

ATTUNE_NIGHT (JSON: key, dataset, revision, model, branch) says where pairs and settings lie and where the adapter goes;
HF_TOKEN may read the one and write the other. Tells on its output lines of `attune ` and a JSON object: log rows with
`steps` planned, what failed, the commit of the adapter. The adapter, with attune.json that describes it, is one commit.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
ATTEMPTS = 5


def tell(**fields):
    print("attune " + json.dumps(fields), flush=True)


def settings_for(trainer):
    """Where and how exactly this machine computes."""
    import torch

    gpu = torch.cuda.is_available()
    precision = ("bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16") if gpu else "fp32"
    place = {"device": "cuda" if gpu else "cpu", "precision": precision, "gradientCheckpointing": gpu}
    return {**trainer, "trl": {**trainer.get("trl", {}), **place}}


def pair_of(row):
    """The pair that a row in TRL's explicit-prompt form was made of."""
    if isinstance(row["prompt"], str):
        return {"system": None, **row}
    said = {message["role"]: message["content"] for message in row["prompt"]}
    reply = {side: row[side][0]["content"] for side in ("chosen", "rejected")}
    return {"system": said.get("system"), "prompt": said["user"], **reply}


def fetch(night, folder):
    from huggingface_hub import snapshot_download

    wanted = ["job.json", "data/train.jsonl", *(f"parent/{name}" for name in ADAPTER)]
    place = dict(repo_type="dataset", revision=night["revision"], allow_patterns=wanted)
    data = Path(snapshot_download(night["dataset"], local_dir=folder / "data", **place))
    job = json.loads((data / "job.json").read_text(encoding="utf-8"))
    if job["key"] != night["key"]:
        raise SystemExit(f"the pairs of {night['dataset']} are of another night")
    job["trainer"] = settings_for(job["trainer"])
    job["pairByPair"] = True
    # what an earlier night went on from may lie there too
    job["parent"] = str(data / "parent") if job["parent"] else None
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    rows = [json.loads(line) for line in (data / "data" / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair_of(row)) + "\n" for row in rows), encoding="utf-8")


def train(folder):
    """The training log and the versions that made it."""
    script = Path(__file__).with_name("train.py")
    process = subprocess.Popen([sys.executable, script, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write("go\n")
    process.stdin.flush()
    steps, log, versions, failed = None, [], None, None
    for line in process.stdout:
        event = json.loads(line)
        kind = event.pop("event")
        if kind == "start":
            steps = event["steps"]
            tell(step=0, steps=steps)
        elif kind == "log":
            log.append(event)
            tell(steps=steps, **event)
        elif kind == "done":
            versions = event["versions"]
        elif kind == "failed":
            failed = f"{event['code']}: {event['message']}"
    if process.wait() != 0 or versions is None:
        raise SystemExit(failed or f"the training ended with status {process.returncode}")
    return log, versions


def described(path):
    content = path.read_bytes()
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def push(night, output):
    from huggingface_hub import HfApi

    api = HfApi()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            api.create_branch(night["model"], branch=night["branch"], exist_ok=True)
            return api.upload_folder(
                repo_id=night["model"],
                folder_path=output,
                revision=night["branch"],
                allow_patterns=[*ADAPTER, "attune.json"],
                commit_message=f"Night {night['key'][:16]}",
            ).oid
        except Exception as error:
            if attempt == ATTEMPTS:
                raise
            print(f"push, attempt {attempt}: {error}", file=sys.stderr)
            time.sleep(2**attempt)


def main():
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    night = json.loads(os.environ["ATTUNE_NIGHT"])
    folder = Path(tempfile.mkdtemp())
    try:
        fetch(night, folder)
        log, versions = train(folder)
        output = folder / "output"
        files = {name: described(output / name) for name in ADAPTER}
        told = {"key": night["key"], "files": files, "log": log, "versions": versions}
        (output / "attune.json").write_text(json.dumps(told), encoding="utf-8")
        tell(commit=push(night, output))
    except SystemExit as error:
        tell(failed=str(error)[:500])
        sys.exit(1)
    except Exception as error:
        tell(failed=f"{type(error).__name__}: {error}"[:500])
        raise


main()
