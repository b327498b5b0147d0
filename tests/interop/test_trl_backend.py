"""The backend `trl`: its script in all methods, its nights against the embedded trainer's, and days lived on them."""

import importlib.util
import json
import os
import re
import subprocess
import sys

import pytest
import torch
from datasets import load_dataset
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

BETA = 0.5
REPLIES = 2e-2  # held-out rewards may differ by this share of the greatest
TEMPLATE = (
    "{% for message in messages %}{{ message.role }} {{ message.content }} "
    "{% if message.role == 'assistant' %}<eos>{% endif %}{% endfor %}{% if add_generation_prompt %}assistant {% endif %}"
)


@pytest.fixture(scope="module")
def script(attune):
    spec = importlib.util.spec_from_file_location("attune_train", attune.root / "trainers" / "trl" / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def jobs(attune, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trl") / "jobs"
    driver = attune.root / "tests" / "interop" / "trl-jobs.ts"
    subprocess.run(["npx", "tsx", driver, folder, attune.fixtures / "checkpoint"], cwd=attune.root, check=True)
    return folder


class Told:
    def __init__(self):
        self.events = []

    def tell(self, event, **fields):
        self.events.append({"event": event, **fields})

    def rows(self):
        return [event for event in self.events if event["event"] == "log"]


def base(attune):
    return AutoModelForCausalLM.from_pretrained(attune.nano, dtype=torch.float32).eval()


def log_probs(model, tokenizer, texts):
    """Of replies with their end after their prompts; one after the other, without padding."""
    out = []
    for prompt, reply in texts:
        before = tokenizer(prompt)["input_ids"]
        ids = torch.tensor([[*before, *tokenizer(reply)["input_ids"], tokenizer.eos_token_id]])
        with torch.no_grad():
            logits = model(ids).logits[0, len(before) - 1 : -1]
        out.append(torch.log_softmax(logits, -1)[range(logits.shape[0]), ids[0, len(before) :]].sum())
    return torch.stack(out)


@pytest.mark.parametrize("reference", ["base", "previous"])
@pytest.mark.parametrize("kind", ["adapter", "full"])
@pytest.mark.parametrize("method", ["dpo", "ipo", "kto", "sft"])
def test_script_goes_on_from_a_parent_against_the_reference_that_is_asked_for(
    attune, script, jobs, differ, method, kind, reference
):
    folder = jobs / f"{method}-{kind}-{reference}" / "job"
    told = Told()
    script.train(folder, told)
    rows = told.rows()
    assert [row["step"] for row in rows] == list(range(1, 7)), "10 pairs, 4 a step, 2 epochs"
    assert told.events[0]["steps"] == 6 and told.events[-1]["event"] == "done"
    names = {file.name for file in (folder / "output").iterdir()}
    weights = "adapter_model.safetensors" if kind == "adapter" else "model.safetensors"
    assert weights in names and not [name for name in names if name.endswith((".bin", ".pt", ".pkl"))]
    if kind == "adapter":
        parent = PeftModel.from_pretrained(base(attune), jobs / "start").eval()
        trained = PeftModel.from_pretrained(base(attune), folder / "output").eval()
    else:
        parent = AutoModelForCausalLM.from_pretrained(attune.fixtures / "checkpoint", dtype=torch.float32).eval()
        trained = AutoModelForCausalLM.from_pretrained(folder / "output", dtype=torch.float32).eval()
        assert "tokenizer.json" in names
    pairs = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]
    tokenizer = AutoTokenizer.from_pretrained(attune.nano)
    chosen, rejected = ([(pair["prompt"], pair[side]) for pair in pairs] for side in ("chosen", "rejected"))
    gained = (log_probs(trained, tokenizer, chosen) - log_probs(parent, tokenizer, chosen)).mean()
    if method == "sft":
        assert gained > 0.01
        return
    lost = (log_probs(trained, tokenizer, rejected) - log_probs(parent, tokenizer, rejected)).mean()
    assert gained - lost > 0.01
    order = json.loads((folder / "job.json").read_text())["orders"][0]
    first = [chosen[i] for i in order[:4]]
    against_base = BETA * (log_probs(parent, tokenizer, first) - log_probs(base(attune), tokenizer, first)).mean()
    assert abs(against_base) > 1e-3
    # nothing is learned before the first step: what is rewarded is the parent
    differ("first reward", against_base if reference == "base" else 0.0, rows[0]["rewards/chosen"])


def test_script_puts_messages_into_the_chat_template_where_there_is_one(attune, script, jobs):
    pairs = [{"system": "be kind", "prompt": "hi", "chosen": "yes", "rejected": "no"}]
    tokenizer = AutoTokenizer.from_pretrained(attune.nano)
    with pytest.raises(script.Refused, match="no chat template"):
        script.rows_of(pairs, tokenizer)
    tokenizer.chat_template = TEMPLATE
    assert script.rows_of(pairs, tokenizer) == [
        {
            "prompt": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}],
            "chosen": [{"role": "assistant", "content": "yes"}],
            "rejected": [{"role": "assistant", "content": "no"}],
        }
    ]


@pytest.mark.parametrize(("limit", "value"), [("maxPromptTokens", 5), ("maxTokens", 8)])
@pytest.mark.parametrize("method", ["dpo", "kto", "sft"])
def test_script_refuses_what_would_be_too_long_before_its_first_step(script, jobs, tmp_path, method, limit, value):
    job = json.loads((jobs / f"{method}-adapter-base" / "job" / "job.json").read_text())
    job["trainer"][limit] = value
    (tmp_path / "job.json").write_text(json.dumps(job))
    (tmp_path / "pairs.jsonl").write_bytes((jobs / f"{method}-adapter-base" / "job" / "pairs.jsonl").read_bytes())
    told = Told()
    with pytest.raises(script.Refused, match=f"trainer.{limit}"):
        script.train(tmp_path, told)
    assert told.events == []


@pytest.mark.parametrize("name", ["lora", "likelihood"])
def test_both_trainers_give_the_same_held_out_rewards(attune, script, jobs, differ, record_property, name):
    told = Told()
    script.train(jobs / name / "job", told)
    theirs = told.rows()
    folders = [jobs / name / "embedded", jobs / name / "job" / "output"]
    ours = json.loads((folders[0] / "training.json").read_text())["log"]
    assert len(ours) == len(theirs) == 24
    for metric in ("loss", "rewards/chosen", "rewards/rejected", "rewards/margins", "grad_norm", "learning_rate"):
        differ(metric, [row[metric] for row in ours], [row[metric] for row in theirs], 1e-3)
    held_out = load_dataset("parquet", data_files=str(jobs / "held-out.parquet"), split="train")
    texts = [(pair["prompt"], pair[side]) for pair in held_out for side in ("chosen", "rejected")]
    tokenizer = AutoTokenizer.from_pretrained(attune.nano)
    reference = log_probs(base(attune), tokenizer, texts)
    rewards = [
        BETA * (log_probs(PeftModel.from_pretrained(base(attune), folder).eval(), tokenizer, texts) - reference)
        for folder in folders
    ]
    greatest = rewards[0].abs().max()
    assert greatest > 0.05, "nothing was learned"
    differ("held-out rewards / greatest", rewards[0] / greatest, rewards[1] / greatest, REPLIES)
    means = [reward.mean() for reward in rewards]
    record_property("mean held-out reward, embedded and TRL", f"{means[0]:.4f} {means[1]:.4f}")
    assert means[0].item() == pytest.approx(means[1].item(), rel=REPLIES)


def test_three_days_lived_on_adapters_of_trl(attune, differ, answers, record_property, tmp_path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = ["npx", "tsx", "pipeline/cli.ts"]
    changes = ["--set", f"trainer.trl.python={sys.executable}", "--set", "personas=[amara-voice-teacher]"]
    run = [*command, "run", "configs/trl.yaml", "--runs", tmp_path, *changes]
    subprocess.run(run, cwd=attune.root, check=True, env=environment, stdout=subprocess.DEVNULL)
    folder = tmp_path / "trl"
    personas = sorted((folder / "arms" / "full").iterdir())
    for persona in personas:
        parent = None
        for day in (1, 2, 3):
            night = persona / f"day-{day:02}"
            checkpoint = json.loads((night / "checkpoint.json").read_text())
            assert checkpoint["parent"] == parent and checkpoint["kind"] == "adapter"
            assert re.match(r"trl/1\.", checkpoint["trainer"])
            parent = checkpoint["id"]
            log = json.loads((night / "training-log.json").read_text())
            margins = [row["rewards/margins"] for row in log]
            tenth = len(margins) // 10
            assert sum(margins[-tenth:]) > sum(margins[:tenth]), f"{night}: margins do not rise"
            record_property(f"{persona.name} day {day} margins", f"{margins[0]:.2f} to {margins[-1]:.2f}")
            assert {file.name for file in night.iterdir() if file.is_dir()} == {"checkpoint"}
    adapter = personas[0] / "day-03" / "checkpoint"
    attune.read_back("adapter", adapter, tmp_path / "answers" / "night")
    data, ours = answers("night", tmp_path / "answers")
    model = PeftModel.from_pretrained(base(attune), adapter).eval()
    with torch.no_grad():
        theirs = torch.cat([model(torch.tensor([answer["ids"]])).logits[0] for answer in data["answers"]])
    differ("logits", torch.cat(ours), theirs)
    report = subprocess.run(
        [*command, "report", str(folder), "--json"], cwd=attune.root, check=True, env=environment, stdout=subprocess.PIPE
    )
    means = {
        arm["name"]: [day["mean"]["value"] for day in arm["days"]] for arm in json.loads(report.stdout)["arms"]
    }
    for name in ("full", "none"):
        record_property(f"mean score, arm {name}, days 1 to 3", " ".join(f"{mean:.2f}" for mean in means[name]))
    assert means["full"][0] < means["full"][1] < means["full"][2]
    assert means["full"][2] > means["none"][2] + 1
