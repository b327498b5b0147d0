"""attune asks `transformers serve` for replies as it asks any server behind an endpoint."""

import json
import shutil
import subprocess

import pytest

from serve_process import TEMPLATE, change, transformers_serve


@pytest.fixture(scope="module")
def answers(attune, tmp_path_factory):
    folder = tmp_path_factory.mktemp("serve")
    model = shutil.copytree(attune.nano, folder / "nano")
    change(model / "tokenizer_config.json", chat_template=TEMPLATE)
    # without it `transformers serve` is greedy, whatever temperature is asked for
    change(model / "generation_config.json", do_sample=True)
    with transformers_serve(folder / "serve.log", model) as url:
        asked = subprocess.run(
            ["npx", "tsx", "tests/interop/ask-endpoint.ts", url, str(model)],
            cwd=attune.root,
            check=True,
            stdout=subprocess.PIPE,
        )
    return json.loads(asked.stdout)


def test_greedy_replies_are_those_of_the_same_model_in_process(answers):
    assert answers["greedy"]["server"] == answers["greedy"]["local"]
    assert answers["greedy"]["streamed"] == answers["greedy"]["local"]


def test_several_replies_differ_and_come_again_with_the_same_seed(answers):
    first = answers["sampled"]["first"]
    assert all(len(replies) == 4 for replies in first)
    assert any(len(set(replies)) > 1 for replies in first)
    assert answers["sampled"]["again"] == first


def test_a_server_that_ignores_n_is_asked_until_there_are_n(answers):
    assert all(len(replies) == 3 for replies in answers["several"])


def test_tokens_are_counted_as_attune_counts_them(answers):
    server, local = answers["usage"]["server"], answers["usage"]["local"]
    assert server["promptTokens"] == local["promptTokens"]
    assert answers["streamedUsage"]["promptTokens"] == local["promptTokens"]
    assert server["choices"][0]["text"] == local["choices"][0]["text"]
    assert 0 < server["choices"][0]["completionTokens"] <= 25


def test_a_field_it_does_not_know_is_told(answers):
    denied = answers["denied"]
    assert denied["code"] == "MODEL_DENIED"
    assert "min_p" in denied["message"]
