"""Inference Endpoints: what attune sends to their API is what huggingface_hub sends, and one server takes both."""

import json
import subprocess
import sys

import pytest
from huggingface_hub import InferenceEndpointStatus


@pytest.fixture(scope="module")
def played(attune, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hf-endpoint")
    script = attune.root / "tests" / "interop" / "hf-endpoint.ts"
    subprocess.run(["npx", "tsx", script, folder, sys.executable], cwd=attune.root, check=True)
    return json.loads((folder / "results.json").read_text())


@pytest.mark.parametrize("method", ["PUT", "POST", "GET"])
def test_requests_agree_field_by_field(played, method):
    ours, theirs = ([each for each in played[who] if each["label"].startswith(method)] for who in ("ours", "theirs"))
    assert ours and theirs
    if method != "GET":
        assert len(ours) == len(theirs) == 1
    assert ours[0] == theirs[0]


def test_the_update_names_repository_and_commit_only(played):
    (body,) = [each["body"] for each in played["ours"] if each["label"].startswith("PUT")]
    assert body == {"model": {"repository": played["repository"], "revision": played["revision"]}}


def test_the_server_objects_to_neither_and_the_client_reads_its_answers(played):
    assert played["objections"] == []
    told = played["told"]
    assert (told["repository"], told["revision"], told["status"]) == (played["repository"], played["revision"], "running")


def test_address_and_states_are_those_of_the_client(played):
    assert played["api"] == played["told"]["default"]
    assert set(played["states"]) == {status.value for status in InferenceEndpointStatus}
