"""Jobs of `hf-jobs`, run as in their container, against a Hub on this machine that attune and huggingface_hub both use."""

import json
import subprocess
import sys

import pytest
from safetensors.torch import load_file

LN2 = 0.693147


@pytest.fixture(scope="module")
def nights(attune, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hf-jobs")
    script = attune.root / "tests" / "interop" / "hf-jobs.ts"
    subprocess.run(["npx", "tsx", script, folder, sys.executable], cwd=attune.root, check=True)
    return folder, json.loads((folder / "results.json").read_text())


@pytest.mark.parametrize("name", ["first", "second", "previous"])
def test_a_night_on_hugging_face_jobs_is_that_of_trl_here(nights, name):
    folder, results = nights
    hosted, local = (results[name][place] for place in ("hosted", "local"))
    for theirs, ours in zip(hosted["log"], local["log"], strict=True):
        assert theirs["step"] == ours["step"]
        for metric in ("loss", "rewards/margins", "logps/chosen", "grad_norm"):
            assert theirs[metric] == pytest.approx(ours[metric], rel=1e-3, abs=1e-5)
    adapters = [load_file(folder / f"{name}-{place}" / "checkpoint" / "adapter_model.safetensors") for place in ("hosted", "local")]
    assert adapters[0].keys() == adapters[1].keys()
    for key, tensor in adapters[0].items():
        assert tensor.sub(adapters[1][key]).abs().max() < 1e-4, key


def test_the_reference_is_the_base_unless_yesterdays_is_asked_for(nights):
    _, results = nights
    loss = {name: results[name]["hosted"]["log"][0]["loss"] for name in results}
    assert loss["first"] == pytest.approx(LN2, abs=1e-5)
    assert loss["previous"] == pytest.approx(LN2, abs=1e-5)
    assert loss["second"] < LN2 - 0.005


def test_progress_is_told_while_a_job_runs(nights):
    _, results = nights
    told = [look["progress"] for look in results["first"]["looks"] if look["progress"]]
    assert told and all(progress["steps"] == 3 for progress in told)
