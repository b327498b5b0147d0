"""Nights behind `transformers serve`: attune has it load each checkpoint, and it speaks as the same weights do in process."""

import json
import shutil
import subprocess

import pytest

from serve_process import TEMPLATE, change, transformers_serve


@pytest.fixture(scope="module")
def answers(attune, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nights")
    base = shutil.copytree(attune.nano, folder / "base")
    nights = {
        "adapter": shutil.copytree(attune.fixtures / "adapter", folder / "run" / "day-01" / "checkpoint"),
        "full": shutil.copytree(attune.fixtures / "checkpoint", folder / "run" / "day-02" / "checkpoint"),
    }
    for model in (base, nights["full"]):
        change(model / "tokenizer_config.json", chat_template=TEMPLATE)
    with transformers_serve(folder / "serve.log") as url:
        script = ["npx", "tsx", "tests/interop/ask-checkpoints.ts", url, base, folder / "run", *nights.values()]
        asked = subprocess.run(script, cwd=attune.root, stdout=subprocess.PIPE)
        assert asked.returncode == 0, (folder / "serve.log").read_text()
    return json.loads(asked.stdout)


@pytest.mark.parametrize("kind", ["base", "adapter", "full"])
def test_greedy_replies_are_those_of_the_same_weights_in_process(answers, kind):
    assert answers[kind]["server"] == answers[kind]["local"]


def test_the_adapter_changes_what_is_said(answers):
    assert answers["adapter"]["server"] != answers["base"]["server"]
    assert answers["adapter"]["server"] != answers["full"]["server"]


def test_base_and_adapter_are_on_it_at_once(answers):
    assert answers["together"]["base"] == answers["base"]["local"][0]
    assert answers["together"]["adapter"] == answers["adapter"]["local"][0]
