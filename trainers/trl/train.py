"""Trains one night with TRL: `train.py FOLDER`, where FOLDER holds job.json and pairs.jsonl as attune wrote them.

Waits for the line `go` on its input, so that nobody trains before the process is on record. Tells on its output one
JSON object a line: start, log (under TRL's names), done or failed. What libraries print goes to stderr. The weights
come to FOLDER/output, complete or not at all, as safetensors.
"""

import json
import math
import os
import shutil
import signal
import sys
from pathlib import Path

SCHEDULES = {"linear": "linear", "cosine": "cosine", "constant": "constant_with_warmup"}
DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
TOKENIZER_FILES = ("tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab*", "merges.txt", "chat_template*")


class Refused(Exception):
    """What this night cannot be trained for, with a code that attune knows."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Teller:
    """The real output; from here on `print` goes to stderr."""

    def __init__(self):
        self.out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def tell(self, event, **fields):
        numbers_only = {key: value for key, value in fields.items() if value is not None}
        self.out.write(json.dumps({"event": event, **numbers_only}) + "\n")
        self.out.flush()


def lock(folder):
    """Held until the process ends; a connection may break while the process on the other side goes on. Lies beside the
    folder, which a new attempt empties."""
    try:
        import fcntl
    except ImportError:
        return None
    file = open(folder.with_name(folder.name + ".lock"), "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused("STILL_RUNNING", "another process is still training this night") from None
    except OSError:
        return None  # a file system without locks
    return file


def set_environment(job):
    """Before torch is imported."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["TQDM_DISABLE"] = "1"
    if os.path.isdir(job["base"]):
        os.environ["HF_HUB_OFFLINE"] = "1"
    # with several, the Trainer would use DataParallel, which multiplies the batch
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0")
    os.environ["CUDA_VISIBLE_DEVICES"] = visible.split(",")[0]


def versions():
    from importlib.metadata import version

    return {name: version(name) for name in ("trl", "transformers", "peft", "torch")}


def rows_of(pairs, tokenizer):
    """TRL's explicit-prompt form: messages where the tokenizer has a chat template, plain text where it has none."""
    if tokenizer.chat_template:

        def prompt(pair):
            system = [] if pair["system"] is None else [{"role": "system", "content": pair["system"]}]
            return [*system, {"role": "user", "content": pair["prompt"]}]

        def reply(text):
            return [{"role": "assistant", "content": text}]
    else:
        if any(pair["system"] is not None for pair in pairs):
            raise Refused("NO_TEMPLATE", "pairs have system messages, but the tokenizer of the base has no chat template")

        def prompt(pair):
            return pair["prompt"]

        def reply(text):
            return text

    return [
        {"prompt": prompt(pair), "chosen": reply(pair["chosen"]), "rejected": reply(pair["rejected"])} for pair in pairs
    ]


def kto_rows(rows, size):
    """The chosen replies of each batch, then its rejected ones: TRL estimates KL by giving each prompt the reply before
    its own, which must be the reply to another prompt."""
    out = []
    for first in range(0, len(rows), size):
        batch = rows[first : first + size]
        for side in ("chosen", "rejected"):
            out += [{"prompt": r["prompt"], "completion": r[side], "label": side == "chosen"} for r in batch]
    return out


def dataset_of(method, rows, job):
    from datasets import Dataset

    if method == "kto":
        # its batches are fixed, so every epoch has the order of the first
        rows = kto_rows([rows[i] for i in job["orders"][0]], job["trainer"]["batchSize"])
    elif method == "sft":
        rows = [{"prompt": row["prompt"], "completion": row["chosen"]} for row in rows]
    return Dataset.from_list(rows)


def device_arguments(settings):
    import torch

    device, precision = settings["trl"]["device"], settings["trl"]["precision"]
    if device == "cuda" and not torch.cuda.is_available():
        raise Refused("NO_DEVICE", "trainer.trl.device is cuda, but torch sees no GPU")
    if device == "mps" and not torch.backends.mps.is_available():
        raise Refused("NO_DEVICE", "trainer.trl.device is mps, but torch sees none")
    return {"use_cpu": device == "cpu", "bf16": precision == "bf16", "fp16": precision == "fp16"}


def arguments(method, job, folder, steps):
    import trl

    settings = job["trainer"]
    size, lora = settings["batchSize"], settings["lora"]
    own = {}
    if method in ("dpo", "ipo"):
        own["loss_type"] = ["sigmoid" if method == "dpo" else "ipo"]
        if settings["likelihoodWeight"] > 0:
            own["loss_type"].append("sft")
            own["loss_weights"] = [1.0, settings["likelihoodWeight"]]
    if method != "sft":
        own["beta"] = settings["beta"]
        # TRL's switch takes the adapter's dropout away too
        own["disable_dropout"] = not (lora and lora["dropout"] > 0)
    # TRL's `sft` is a mean over all tokens of a pass: with one pair a pass, the mean over a reply
    single = method in ("dpo", "ipo") and settings["likelihoodWeight"] > 0
    # what a GPU needs least memory for; KTO compares the pairs of a batch with each other
    single = single or (job.get("pairByPair", False) and method != "kto")
    return {"dpo": trl.DPOConfig, "ipo": trl.DPOConfig, "kto": trl.KTOConfig, "sft": trl.SFTConfig}[method](
        output_dir=str(folder / "trainer"),
        **device_arguments(settings),
        gradient_checkpointing=settings["trl"]["gradientCheckpointing"],
        learning_rate=settings["learningRate"],
        lr_scheduler_type=SCHEDULES[settings["schedule"]],
        warmup_steps=math.ceil(settings["warmupRatio"] * steps),
        weight_decay=settings["weightDecay"],
        adam_beta1=settings["adamBeta1"],
        adam_beta2=settings["adamBeta2"],
        adam_epsilon=settings["adamEpsilon"],
        optim="adamw_torch",
        max_grad_norm=settings["maxGradNorm"],
        num_train_epochs=settings["epochs"],
        per_device_train_batch_size=1 if single else 2 * size if method == "kto" else size,
        gradient_accumulation_steps=size if single else 1,
        max_length=None,  # nothing is cut: lengths are checked before the first step
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=job["seed"],
        **own,
    )


def load(source, settings):
    """Frozen weights may be coarse; weights that are trained are not, whatever the computation is."""
    from transformers import AutoModelForCausalLM

    dtype = DTYPES[settings["trl"]["precision"]] if settings["lora"] else "float32"
    return AutoModelForCausalLM.from_pretrained(source, dtype=dtype, use_safetensors=True, trust_remote_code=False)


def models(job):
    """The model to train, the reference that TRL must be given, and the adapter that it must add."""
    from peft import LoraConfig, PeftModel

    settings, parent = job["trainer"], job["parent"]
    lora = settings["lora"]
    if lora:
        base = load(job["base"], settings)
        if parent:
            return PeftModel.from_pretrained(base, parent, is_trainable=True), None, None
        fresh = LoraConfig(
            task_type="CAUSAL_LM",
            r=lora["rank"],
            lora_alpha=lora["alpha"],
            lora_dropout=lora["dropout"],
            target_modules=lora["modules"],
        )
        return base, None, fresh
    reference = None
    if settings["method"] != "sft":
        reference = load(parent if parent and settings["reference"] == "previous" else job["base"], settings)
    return load(parent or job["base"], settings), reference, None


def make_trainer(job, folder, rows, tokenizer, callback):
    import torch
    import trl

    settings = job["trainer"]
    method, orders = settings["method"], job["orders"]
    trainer_class = {"dpo": trl.DPOTrainer, "ipo": trl.DPOTrainer, "kto": trl.KTOTrainer, "sft": trl.SFTTrainer}[method]

    class EpochOrders(torch.utils.data.Sampler):
        """The pairs of each epoch in the order that attune drew."""

        def __init__(self):
            self.epoch = 0

        def __len__(self):
            return len(orders[0])

        def __iter__(self):
            order = orders[self.epoch % len(orders)]
            self.epoch += 1
            return iter(order)

    class NightTrainer(trainer_class):
        def _get_train_sampler(self, *args, **kwargs):
            return super()._get_train_sampler(*args, **kwargs) if method == "kto" else EpochOrders()

    model, reference, peft_config = models(job)
    steps = math.ceil(len(rows) / settings["batchSize"]) * settings["epochs"]
    given = {} if method == "sft" else {"ref_model": reference}
    from transformers import PrinterCallback

    trainer = NightTrainer(
        model=model,
        args=arguments(method, job, folder, steps),
        train_dataset=dataset_of(method, rows, job),
        processing_class=tokenizer,
        peft_config=peft_config,
        callbacks=[callback],
        **given,
    )
    trainer.remove_callback(PrinterCallback)
    if settings["reference"] == "base" and "ref" in getattr(trainer.model, "peft_config", {}):
        # TRL anchors an adapter that goes on to a copy of it; without the copy it switches adapters off: the base
        trainer.model.delete_adapter("ref")
    return trainer, steps


def check_lengths(trainer, settings):
    """No prompt is ever cut; tokens as TRL made them, template included."""
    limits = [(settings["maxTokens"], "trainer.maxTokens")]
    places = getattr(trainer.model.config, "max_position_embeddings", None)
    if places:
        limits.append((places, "max_position_embeddings of the model"))
    for row in trainer.train_dataset:
        if "labels" in row:
            replies = sum(label != -100 for label in row["labels"])
            lengths = [(len(row["input_ids"]) - replies, replies)]
        elif "prompt_ids" in row:
            sides = [row[key] for key in ("chosen_ids", "rejected_ids", "completion_ids") if key in row]
            lengths = [(len(row["prompt_ids"]), len(ids)) for ids in sides]
        else:
            mask = row["completion_mask"]
            lengths = [(len(mask) - sum(mask), sum(mask))]
        for prompt, reply in lengths:
            if prompt == 0 or reply == 0:
                raise Refused("PAIR_EMPTY", "a prompt or a reply has no token")
            if prompt > settings["maxPromptTokens"]:
                raise Refused(
                    "PAIR_TOO_LONG",
                    f"a prompt has {prompt} tokens, more than {settings['maxPromptTokens']} (trainer.maxPromptTokens)",
                )
            for limit, name in limits:
                if prompt + reply > limit:
                    raise Refused("PAIR_TOO_LONG", f"prompt and reply have {prompt + reply} tokens, more than {limit} ({name})")


def callback_of(teller, folder):
    from transformers import TrainerCallback

    class Tell(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **kwargs):
            if not logs or "loss" not in logs:
                return  # the summary at the end
            for name in ("loss", "grad_norm"):
                if name in logs and not math.isfinite(logs[name]):
                    raise Refused("DIVERGED", f"step {state.global_step}: {name} is {logs[name]}")
            numbers = {name: float(value) for name, value in logs.items() if isinstance(value, (int, float))}
            teller.tell("log", step=state.global_step, **{k: v for k, v in numbers.items() if math.isfinite(v)})

        def on_step_end(self, args, state, control, **kwargs):
            if (folder / "cancel").exists():
                os._exit(143)

    return Tell()


def save(trainer, tokenizer, job, folder):
    """Weights only, and the tokenizer's files beside a whole model; renamed when all of it stands."""
    unfinished, output = folder / "output.tmp", folder / "output"
    shutil.rmtree(unfinished, ignore_errors=True)
    model = trainer.accelerator.unwrap_model(trainer.model)
    if job["trainer"]["lora"]:
        model.save_pretrained(unfinished, selected_adapters=["default"], safe_serialization=True)
        config = unfinished / "adapter_config.json"
        stored = json.loads(config.read_text())
        # a set in PEFT, in another order each time; and a path that means nothing elsewhere
        stored["target_modules"] = sorted(stored["target_modules"])
        stored["base_model_name_or_path"] = job["baseName"]
        config.write_text(json.dumps(stored, indent=2, sort_keys=True))
        keep = ("adapter_config.json", "adapter_model.safetensors")
    else:
        model.save_pretrained(unfinished)
        if os.path.isdir(job["base"]):
            for pattern in TOKENIZER_FILES:
                for file in Path(job["base"]).glob(pattern):
                    shutil.copyfile(file, unfinished / file.name)
        else:
            tokenizer.save_pretrained(unfinished)
        keep = ("config.json", "generation_config.json", "model*.safetensors", "model.safetensors.index.json", *TOKENIZER_FILES)
    for file in unfinished.iterdir():
        if not any(file.match(pattern) for pattern in keep):
            file.unlink()
    shutil.rmtree(output, ignore_errors=True)
    unfinished.rename(output)


def train(folder, teller):
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    set_environment(job)
    held = lock(folder)
    found = versions()
    if int(found["trl"].split(".")[0]) < 1:
        raise Refused("OLD_TRL", f"trl {found['trl']} is too old")
    from transformers import AutoTokenizer, set_seed

    # AutoTokenizer only reads files here: a template is data, and code of a repository is not run
    tokenizer = AutoTokenizer.from_pretrained(job["base"], trust_remote_code=False)
    lines = (folder / "pairs.jsonl").read_text(encoding="utf-8").split("\n")  # not splitlines: replies may hold U+2028
    pairs = [json.loads(line) for line in lines if line]
    set_seed(job["seed"])
    rows = rows_of(pairs, tokenizer)
    trainer, steps = make_trainer(job, folder, rows, tokenizer, callback_of(teller, folder))
    check_lengths(trainer, job["trainer"])
    teller.tell("start", steps=steps, versions=found)
    trainer.train()
    save(trainer, tokenizer, job, folder)
    teller.tell("done", versions=found)
    return held


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(143))  # as the first process of a container it has no default
    teller = Teller()
    if sys.stdin.readline().strip() != "go":
        sys.exit(75)
    try:
        train(Path(sys.argv[1]), teller)
    except ImportError as error:
        # the package's name, or what is wrong inside of one
        teller.tell("failed", code="NO_MODULE", message=f"this Python cannot import {error.name or error}")
        sys.exit(1)
    except Refused as error:
        teller.tell("failed", code=error.code, message=str(error))
        sys.exit(1)
    except Exception as error:
        teller.tell("failed", code="OTHER", message=f"{type(error).__name__}: {error}"[:500])
        raise


if __name__ == "__main__":
    main()
