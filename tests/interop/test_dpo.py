"""TRL's DPOTrainer and our trainer, from the same weights, over the same pairs in the same order."""

import pytest
import torch
from dpo_run import DpoRun, trl_trainer

METRICS = [
    "loss",
    "rewards/chosen",
    "rewards/rejected",
    "rewards/accuracies",
    "rewards/margins",
    "logps/chosen",
    "logps/rejected",
    "logits/chosen",
    "logits/rejected",
    "grad_norm",
    "learning_rate",
]

# Since 0.29 TRL's `sigmoid` ignores label_smoothing. `aot` with one pair a pass sorts nothing and is conservative DPO;
# `sft` averages over the tokens of a pass, so with one pair a pass it is the mean over a reply, as in RPO.
RUNS = {
    "full": {},
    "cosine": {},
    "lora": {},
    "smoothing": {
        "loss_type": ["aot"],
        "label_smoothing": 0.1,
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 4,
    },
    "likelihood": {
        "loss_type": ["sigmoid", "sft"],
        "loss_weights": [1.0, 0.2],
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 4,
    },
}


@pytest.mark.parametrize("name", RUNS)
def test_trl_takes_the_same_twenty_steps(attune, differ, tmp_path, name):
    run = DpoRun(attune.fixtures / "dpo" / name, attune.nano, attune.fixtures / "checkpoint")
    trainer = trl_trainer(run, tmp_path, **RUNS[name])
    for row, ids in zip(trainer.train_dataset, run.ids, strict=True):
        assert [row["prompt_ids"], row["chosen_ids"], row["rejected_ids"]] == [ids["prompt"], ids["chosen"], ids["rejected"]]
    trainer.train()
    log = [row for row in trainer.state.log_history if "loss" in row]
    assert len(log) == len(run.log) == 20
    # metrics of passes of one pair are averaged over the passes; logits would have to be weighted by tokens
    one_pair = trainer.args.gradient_accumulation_steps > 1
    for metric in METRICS:
        if one_pair and metric.startswith("logits/"):
            continue
        differ(metric, [row[metric] for row in run.log], [row[metric] for row in log])

    theirs = {name.replace(".default", ""): tensor for name, tensor in trainer.first_gradients.items()}
    compare_tensors(differ, "gradients", run.gradients, theirs)
    trained = {name.replace(".default", ""): tensor.detach() for name, tensor in trainer.model.named_parameters()}
    compare_tensors(differ, "trained weights", run.trained, trained)


def compare_tensors(differ, name, ours, theirs):
    """All of ours, relative to the greatest of theirs."""
    assert ours.keys() <= theirs.keys()
    flat = lambda tensors: torch.cat([tensors[key].flatten() for key in ours])  # noqa: E731
    greatest = flat(theirs).abs().max()
    assert greatest > 0
    differ(name, flat(ours) / greatest, flat(theirs) / greatest)
