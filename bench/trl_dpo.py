"""TRL's DPOTrainer, timed for bench/dpo-pairs.ts: a line of JSON in, a training, a line of JSON out.

In: {"threads": 1, "orders": [[2, 0, 1]]}, the order of the pairs in each epoch. Out: seconds of `DPOTrainer.train()`
(its reference pass included, set-up not) and the mean loss over the steps.
The first line out tells the versions.
"""

import argparse
import json
import sys
import tempfile
import time

import torch
import transformers
import trl
from datasets import disable_progress_bars, load_dataset
from torch.utils.data import Sampler
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback
from trl import DPOConfig, DPOTrainer


class EpochOrders(Sampler):
    def __init__(self, orders):
        self.orders = iter(orders)
        self.length = len(orders[0])

    def __len__(self):
        return self.length

    def __iter__(self):
        return iter(next(self.orders))


class OrderedDpoTrainer(DPOTrainer):
    """TRL's trainer, told the order of the pairs, so that both sides take the same steps."""

    orders = None

    def _get_train_sampler(self, train_dataset=None):
        return EpochOrders(self.orders)


def make_trainer(options, pairs, tokenizer, output):
    load = lambda: AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.float32)  # noqa: E731
    trainer = OrderedDpoTrainer(
        model=load(),
        ref_model=load(),
        args=DPOConfig(
            output_dir=output,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            beta=options.beta,
            learning_rate=options.learning_rate,
            per_device_train_batch_size=options.batch,
            num_train_epochs=options.epochs,
            max_length=None,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        ),
        train_dataset=pairs,
        processing_class=tokenizer,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--beta", type=float, required=True)
    parser.add_argument("--learning-rate", type=float, required=True)
    options = parser.parse_args()

    out, sys.stdout = sys.stdout, sys.stderr
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    disable_progress_bars()
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    pairs = load_dataset("parquet", data_files=options.pairs, split="train")
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "trl": trl.__version__}
    print(json.dumps(versions), file=out, flush=True)
    with tempfile.TemporaryDirectory() as output:
        for line in sys.stdin:
            wanted = json.loads(line)
            torch.set_num_threads(wanted["threads"])
            trainer = make_trainer(options, pairs, tokenizer, output)
            trainer.orders = wanted["orders"]
            assert len(trainer.train_dataset) == len(pairs)
            start = time.perf_counter()
            result = trainer.train()
            seconds = time.perf_counter() - start
            print(json.dumps({"seconds": seconds, "loss": result.training_loss}), file=out, flush=True)


main()
