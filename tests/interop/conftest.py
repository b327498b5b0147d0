"""Fixtures of all tests: what attune wrote, and attune itself as a reader."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

torch.set_num_threads(1)  # small models: two threads are slower than one


def pytest_terminal_summary(terminalreporter):
    """The greatest difference of each comparison."""
    terminalreporter.section("greatest differences")
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        if report.when == "call":
            for name, value in report.user_properties:
                terminalreporter.write_line(f"{report.nodeid.split('::')[-1]}  {name}: {value}")


@dataclass
class Attune:
    root: Path
    fixtures: Path

    @property
    def nano(self) -> Path:
        return self.root / "models" / "nano"

    def read_back(self, what: str, source: Path, target: Path) -> None:
        """Has attune read what Python wrote: see read-back.ts."""
        script = self.root / "tests" / "interop" / "read-back.ts"
        texts = self.fixtures / "texts.json"
        subprocess.run(["npx", "tsx", script, what, source, target, texts], cwd=self.root, check=True)


@pytest.fixture(scope="session")
def attune() -> Attune:
    return Attune(Path(os.environ["ATTUNE_ROOT"]), Path(os.environ["ATTUNE_FIXTURES"]))


@pytest.fixture(scope="session")
def answers(attune):
    """Reads what a model of attune answered: texts with ids, greedy replies and logits."""

    def read(name: str, folder: Path = attune.fixtures / "answers") -> tuple[dict, list[torch.Tensor]]:
        data = json.loads((folder / f"{name}.json").read_text())
        logits = load_file(folder / f"{name}.safetensors")
        return data, [logits[f"logits.{i}"] for i in range(len(data["answers"]))]

    return read


@pytest.fixture
def differ(record_property):
    """Asserts that tensors agree to a tolerance and keeps the greatest difference for the summary."""

    def check(name: str, ours, theirs, tolerance: float = 1e-4) -> None:
        ours, theirs = torch.as_tensor(ours, dtype=torch.float64), torch.as_tensor(theirs, dtype=torch.float64)
        assert ours.shape == theirs.shape, f"{name}: {tuple(ours.shape)} against {tuple(theirs.shape)}"
        worst = (ours - theirs).abs().max().item()
        record_property(name, f"{worst:.1e}")
        assert worst <= tolerance, f"{name}: differs by {worst}"

    return check
