"""TRL's DPOTrainer and our trainer, from the same weights, over the same pairs in the same order."""

import pytest
import torch
from dpo_run import DpoRun, trl_trainer
from masked_dpo import MaskedDpo

STEPS = 20
WARMUP_STEPS = 2  # the first of them at rate 0
METRICS = [
    "loss",
    "rewards/chosen",
    "rewards/rejected",
    "rewards/margins",
    "logps/chosen",
    "logps/rejected",
    "grad_norm",
]
TRL_METRICS = [*METRICS, "rewards/accuracies", "logits/chosen", "logits/rejected", "learning_rate"]
MASKED_METRICS = [*METRICS, "nll_loss"]

# Since 0.29 TRL's `sigmoid` ignores label_smoothing, but `aot` with one pair a pass sorts nothing and is conservative
# DPO. `sft` is a mean over the tokens of a pass: with one pair a pass, the mean over a reply, as in RPO.
ONE_PAIR_A_PASS = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 4}
RUNS = {
    "full": {},
    "cosine": {},
    "previous": {},
    "lora": {},
    "lora-previous": {},
    "smoothing": {"loss_type": ["aot"], "label_smoothing": 0.1, **ONE_PAIR_A_PASS},
    "likelihood": {"loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, 0.2], **ONE_PAIR_A_PASS},
}


def read(attune, name) -> DpoRun:
    return DpoRun(attune.fixtures / "dpo" / name, attune.nano, attune.fixtures / "checkpoint")


@pytest.mark.parametrize("name", RUNS)
def test_trl_takes_the_same_twenty_steps(attune, differ, tmp_path, name):
    run = read(attune, name)
    trainer = trl_trainer(run, tmp_path, **RUNS[name])
    for row, ids in zip(trainer.train_dataset, run.ids, strict=True):
        assert {side: row[f"{side}_ids"] for side in ids} == ids
    trainer.train()
    log = [row for row in trainer.state.log_history if "loss" in row]
    # TRL averages logits over passes, which with one pair a pass is no mean over tokens
    skipped = "logits/" if "gradient_accumulation_steps" in RUNS[name] else "none"
    compare_logs(differ, run, log, [metric for metric in TRL_METRICS if not metric.startswith(skipped)])
    compare_tensors(differ, "gradients", run.gradients, trainer.first_gradients)
    compare_tensors(differ, "trained weights", run.trained, dict(trainer.model.named_parameters()))


@pytest.mark.parametrize("name", ["masked", "masked-lora"])
def test_torch_takes_the_same_steps_over_allowed_continuations(attune, differ, name):
    run = read(attune, name)
    theirs = MaskedDpo(run)
    compare_logs(differ, run, theirs.train(), MASKED_METRICS)
    compare_tensors(differ, "gradients", run.gradients, theirs.first_gradients)
    compare_tensors(differ, "trained weights", run.trained, theirs.trained())


def compare_logs(differ, run, theirs, metrics):
    assert len(run.log) == len(theirs) == STEPS
    assert run.log[0]["loss"] == pytest.approx(run.loss, abs=1e-6)
    assert abs(run.log[-1]["rewards/margins"] - run.log[0]["rewards/margins"]) > 1e-2, "nothing was learned"
    for metric in metrics:
        ours, others = (torch.tensor([row[metric] for row in log], dtype=torch.float64) for log in (run.log, theirs))
        if metric == "rewards/accuracies":
            # before the first step a model may be its own reference: then the greater reward is a matter of rounding
            ours, others = ours[WARMUP_STEPS:], others[WARMUP_STEPS:]
        # norms of ten and more: relative, as the gradients
        scale = others.abs().max() if metric == "grad_norm" else 1
        differ(metric, ours / scale, others / scale)


def compare_tensors(differ, name, ours, theirs):
    """All of ours, relative to the greatest of theirs."""
    theirs = {key.replace(".default", ""): tensor.detach() for key, tensor in theirs.items()}
    ours_flat = torch.cat([ours[key].flatten() for key in ours])
    theirs_flat = torch.cat([theirs[key].flatten() for key in ours])
    greatest = theirs_flat.abs().max()
    assert greatest > 0
    differ(f"{name} / greatest", ours_flat / greatest, theirs_flat / greatest)
