"""A run that attune wrote (fixtures/dpo-runs.ts), and TRL's DPOTrainer brought to the same order of pairs."""

import json
from pathlib import Path

import torch
from datasets import load_dataset
from peft import LoraConfig, PeftModel, set_peft_model_state_dict
from safetensors.torch import load_file
from torch.utils.data import Sampler
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

SCHEDULES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}


class DpoRun:
    def __init__(self, folder: Path, nano: Path, checkpoint: Path):
        data = json.loads((folder / "run.json").read_text())
        self.folder = folder
        self.nano = nano
        self.trainer = data["trainer"]
        self.orders = data["orders"]
        self.ids = data["ids"]
        self.allowed = data["allowed"]
        self.loss = data["loss"]
        self.log = data["log"]
        self.gradients = load_file(folder / "gradients.safetensors")
        self.trained = load_file(folder / "trained.safetensors")
        self.start = nano if self.trainer["lora"] else checkpoint

    def load(self, folder: Path):
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)

    def pairs(self):
        return load_dataset("parquet", data_files=str(self.folder / "pairs.parquet"), split="train")

    def lora_config(self) -> LoraConfig | None:
        lora = self.trainer["lora"]
        if not lora:
            return None
        return LoraConfig(
            task_type="CAUSAL_LM",
            r=lora["rank"],
            lora_alpha=lora["alpha"],
            lora_dropout=0.0,
            target_modules=lora["modules"],
        )


class EpochOrders(Sampler):
    """Gives the pairs of each epoch in a known order."""

    def __init__(self, orders):
        self.orders = orders
        self.epoch = 0

    def __len__(self):
        return len(self.orders[0])

    def __iter__(self):
        order = self.orders[self.epoch % len(self.orders)]
        self.epoch += 1
        return iter(order)


class OrderedDpoTrainer(DPOTrainer):
    """TRL's trainer, told the order of the pairs, that keeps the gradients of the first step before clipping."""

    def __init__(self, orders, **kwargs):
        self.orders = orders
        self.passes = 0
        self.first_gradients = None
        super().__init__(**kwargs)

    def _get_train_sampler(self, train_dataset=None):
        return EpochOrders(self.orders)

    def training_step(self, *args, **kwargs):
        loss = super().training_step(*args, **kwargs)
        self.passes += 1
        if self.passes == self.args.gradient_accumulation_steps:
            self.first_gradients = {
                name: parameter.grad.clone()
                for name, parameter in self.model.named_parameters()
                if parameter.grad is not None
            }
        return loss


def trl_trainer(run: DpoRun, output: Path, **overrides) -> OrderedDpoTrainer:
    """TRL set as `run` was; `overrides` go to DPOConfig."""
    ours = run.trainer
    args = DPOConfig(
        output_dir=str(output),
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        beta=ours["beta"],
        learning_rate=ours["learningRate"],
        lr_scheduler_type=SCHEDULES[ours["schedule"]],
        warmup_steps=ours["warmupRatio"],  # below 1: a share of all steps
        weight_decay=ours["weightDecay"],
        adam_beta1=ours["adamBeta1"],
        adam_beta2=ours["adamBeta2"],
        adam_epsilon=ours["adamEpsilon"],
        optim="adamw_torch",
        max_grad_norm=ours["maxGradNorm"],
        num_train_epochs=ours["epochs"],
        max_length=None,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        seed=1,
        **{"per_device_train_batch_size": ours["batchSize"], **overrides},
    )
    lora = run.lora_config()
    previous = ours["reference"] == "previous"
    model = run.load(run.start)
    if lora and previous:
        # TRL's reference of an adapter that goes on is a frozen copy of it
        model = PeftModel.from_pretrained(model, run.folder / "adapter", is_trainable=True)
        lora = None
    trainer = OrderedDpoTrainer(
        run.orders,
        model=model,
        ref_model=None if ours["lora"] else run.load(run.start if previous else run.nano),
        args=args,
        train_dataset=run.pairs(),
        processing_class=AutoTokenizer.from_pretrained(run.nano),
        peft_config=lora,
    )
    if lora:
        adapter = load_file(run.folder / "adapter" / "adapter_model.safetensors")
        loaded = set_peft_model_state_dict(trainer.model, adapter)
        assert not loaded.unexpected_keys
    return trainer
