"""records.parquet and pairs.parquet of a real run in `datasets`, pyarrow and TRL."""

import json

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer

CRITERIA = ("preference", "timing", "frequency", "communication")


@pytest.fixture
def tables(attune):
    """A table of all days in `datasets`, and its rows as attune reads them."""
    days = attune.fixtures / "runs" / "tiny" / "arms" / "full"

    def read(name):
        files = sorted(str(file) for file in days.glob(f"*/day-*/{name}.parquet"))
        assert len(files) == 2
        rows = json.loads((attune.fixtures / "runs" / f"{name}.json").read_text())
        assert rows
        return load_dataset("parquet", data_files=files, split="train"), rows

    return read


def test_records_have_the_same_rows_and_values(tables):
    dataset, rows = tables("records")
    assert len(dataset) == len(rows)
    for theirs, ours in zip(dataset, rows, strict=True):
        for key, value in ours["moment"].items():
            assert theirs[key] == value
        assert theirs["prompt"] == ours["prompt"]
        assert theirs["delivered"] == ours["delivered"]
        assert theirs["prompt_tokens"] == ours["promptTokens"]
        for key, value in (ours["truth"] or {}).items():
            assert theirs[f"truth_{key}"] == value
        assert len(theirs["candidates"]) == len(ours["candidates"])
        for candidate, expected in zip(theirs["candidates"], ours["candidates"], strict=True):
            assert candidate["text"] == expected["text"]
            assert candidate["origin"] == expected["origin"]
            assert candidate["log_prob"] == expected["logProb"]
            rating = expected["rating"]
            assert candidate["score"] == sum(rating[name]["value"] for name in CRITERIA)
            for name in CRITERIA:
                assert candidate[name] == rating[name]["value"]
                assert candidate[f"{name}_reason"] == rating[name]["reason"]


def test_pairs_have_the_same_rows_and_values(tables):
    dataset, rows = tables("pairs")
    assert len(dataset) == len(rows)
    for theirs, ours in zip(dataset, rows, strict=True):
        for key in ("prompt", "chosen", "rejected", "kind", "persona", "day", "step"):
            assert theirs[key] == ours[key]
        assert theirs["chosen_score"] == ours["chosenScore"]
        assert theirs["rejected_score"] == ours["rejectedScore"]
        assert theirs["margin"] == ours["chosenScore"] - ours["rejectedScore"]
        assert theirs["since_delivery"] == ours["sinceDelivery"]


def test_files_carry_their_format_and_compression(attune):
    for file in (attune.fixtures / "runs").glob("**/*.parquet"):
        if file.stem not in ("records", "pairs"):
            continue
        metadata = pq.read_metadata(file)
        assert metadata.metadata[b"attune:format"] == f"attune-{file.stem}/2".encode()
        assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_pairs_feed_trl_as_they_are(attune, tables, tmp_path):
    dataset, _ = tables("pairs")
    trainer = DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(attune.nano),
        ref_model=AutoModelForCausalLM.from_pretrained(attune.nano),
        args=DPOConfig(
            output_dir=str(tmp_path),
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            max_steps=2,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
        ),
        train_dataset=dataset,
        processing_class=AutoTokenizer.from_pretrained(attune.nano),
    )
    assert len(trainer.train_dataset) == len(dataset)
    trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    assert losses[0] == pytest.approx(0.6931, abs=1e-3)
