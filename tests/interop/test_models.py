"""transformers and PEFT read what attune writes, and attune what they write."""

import json

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def logits_of(model, ids):
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0]


def same_logits(differ, model, data, ours):
    theirs = [logits_of(model, answer["ids"]) for answer in data["answers"]]
    differ("logits", torch.cat(ours), torch.cat(theirs))


def same_greedy_replies(model, data):
    for answer in data["answers"]:
        ids = torch.tensor([answer["ids"]])
        room = model.config.max_position_embeddings - ids.shape[1]
        full = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=min(data["replyTokens"], room),
        )
        reply = full[0, ids.shape[1] :].tolist()
        if reply[-1] == model.config.eos_token_id:
            reply = reply[:-1]
        assert reply == answer["greedy"], answer["text"]


@pytest.mark.parametrize("name", ["nano", "checkpoint"])
def test_transformers_gives_the_same_ids_logits_and_greedy_replies(attune, answers, differ, name):
    folder = attune.nano if name == "nano" else attune.fixtures / name
    data, ours = answers(name)
    assert len(ours) == 20
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for answer in data["answers"]:
        assert tokenizer(answer["text"])["input_ids"] == answer["ids"]
        assert tokenizer.decode(answer["ids"], skip_special_tokens=True) == answer["decoded"]
        assert tokenizer.decode(answer["greedy"], skip_special_tokens=True) == answer["reply"]
    model = load(folder)
    same_logits(differ, model, data, ours)
    same_greedy_replies(model, data)


def test_checkpoint_and_adapter_differ_from_the_base(answers):
    base, checkpoint, adapter = (torch.cat(answers(name)[1]) for name in ("nano", "checkpoint", "adapter"))
    assert (base - checkpoint).abs().max() > 0.1
    assert (base - adapter).abs().max() > 0.1


def test_attune_reads_a_folder_saved_by_transformers(attune, answers, differ, tmp_path):
    model = load(attune.fixtures / "checkpoint")
    model.save_pretrained(tmp_path / "saved")
    AutoTokenizer.from_pretrained(attune.fixtures / "checkpoint").save_pretrained(tmp_path / "saved")
    attune.read_back("model", tmp_path / "saved", tmp_path / "answers" / "saved")
    data, ours = answers("saved", tmp_path / "answers")
    assert [answer["ids"] for answer in data["answers"]] == [a["ids"] for a in answers("checkpoint")[0]["answers"]]
    same_logits(differ, model, data, ours)


def test_peft_loads_our_adapter_with_the_logits_of_our_merged_model(attune, answers, differ):
    model = PeftModel.from_pretrained(load(attune.nano), attune.fixtures / "adapter").eval()
    data, ours = answers("adapter")
    same_logits(differ, model, data, ours)
    same_greedy_replies(model, data)


@pytest.mark.parametrize("modules", [["v_proj", "q_proj"], "all-linear"], ids=["q-and-v", "all-linear"])
def test_attune_merges_an_adapter_made_by_peft(attune, answers, differ, tmp_path, modules):
    torch.manual_seed(1)
    config = LoraConfig(task_type="CAUSAL_LM", r=3, lora_alpha=5, target_modules=modules, lora_dropout=0.05)
    model = get_peft_model(load(attune.nano), config).eval()
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    model.save_pretrained(tmp_path / "adapter")
    attune.read_back("adapter", tmp_path / "adapter", tmp_path / "answers" / "merged")
    data, ours = answers("merged", tmp_path / "answers")
    assert (torch.cat(ours) - torch.cat(answers("nano")[1])).abs().max() > 0.1
    same_logits(differ, model, data, ours)


def test_safetensors_of_python_come_back_equal(attune, tmp_path):
    torch.manual_seed(2)
    tensors = {
        "single": torch.randn(7, 3),
        "half": torch.randn(5, 2).to(torch.float16),
        "brain": torch.randn(4, 3, 2).to(torch.bfloat16),
        "scalar": torch.tensor(0.5),
        "empty": torch.zeros(0, 3),
    }
    save_file(tensors, tmp_path / "python.safetensors", metadata={"format": "pt", "note": "ü"})
    attune.read_back("safetensors", tmp_path / "python.safetensors", tmp_path / "attune.safetensors")
    back = load_file(tmp_path / "attune.safetensors")
    assert back.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(back[name], tensor.to(torch.float32)), name


def test_python_reads_our_weights_bit_for_bit(attune, tmp_path):
    weights = load_file(attune.fixtures / "checkpoint" / "model.safetensors")
    save_file(weights, tmp_path / "python.safetensors", metadata={"format": "pt"})
    attune.read_back("safetensors", tmp_path / "python.safetensors", tmp_path / "attune.safetensors")
    back = load_file(tmp_path / "attune.safetensors")
    assert back.keys() == weights.keys()
    assert all(torch.equal(back[name], weights[name]) for name in weights)
    config = json.loads((attune.fixtures / "checkpoint" / "config.json").read_text())
    assert weights["model.embed_tokens.weight"].shape == (config["vocab_size"], config["hidden_size"])
