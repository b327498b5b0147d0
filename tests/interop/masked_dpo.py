"""DPO over the continuations that a grammar allows, in torch: gradients by autograd, the optimiser torch's own.

TRL has no such mask, so this is written after the formulas, one reply after the other and without a shared prompt.
"""

import torch
import torch.nn.functional as F
from peft import get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import get_scheduler


def log_probability(model, prompt, reply, allowed):
    """Sum over the reply's tokens of log p(token | before, token is allowed)."""
    logits = model(torch.tensor([prompt + reply])).logits[0, len(prompt) - 1 : -1]
    mask = torch.full_like(logits, -torch.inf)
    for place, tokens in enumerate(allowed):
        mask[place, tokens] = 0
    return F.log_softmax(logits + mask, dim=-1)[range(len(reply)), reply].sum()


def of_pair(model, ids, allowed):
    return torch.stack(
        [log_probability(model, ids["prompt"], ids[side], allowed[side]) for side in ("chosen", "rejected")]
    )


class MaskedDpo:
    """The run of `DpoRun` again, step by step."""

    def __init__(self, run):
        self.run = run
        self.reference = run.load(run.nano)
        self.model = run.load(run.start)
        lora = run.lora_config()
        if lora:
            self.model = get_peft_model(self.model, lora)
            set_peft_model_state_dict(self.model, load_file(run.folder / "adapter" / "adapter_model.safetensors"))
        self.first_gradients = None

    def trained(self):
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def batch(self, pairs):
        ours = self.run.trainer
        beta, smoothing, weight = ours["beta"], ours["labelSmoothing"], ours["likelihoodWeight"]
        losses, rewards, logps, nlls = [], [], [], []
        for i in pairs:
            ids, allowed = self.run.ids[i], self.run.allowed[i]
            logp = of_pair(self.model, ids, allowed)
            with torch.no_grad():
                reference = of_pair(self.reference, ids, allowed)
            reward = beta * (logp - reference)
            margin = reward[0] - reward[1]
            nll = -logp[0] / len(ids["chosen"])
            dpo = -(1 - smoothing) * F.logsigmoid(margin) - smoothing * F.logsigmoid(-margin)
            losses.append(dpo + weight * nll)
            rewards.append(reward.detach())
            logps.append(logp.detach())
            nlls.append(nll.detach())
        reward, logp = torch.stack(rewards).mean(0), torch.stack(logps).mean(0)
        return torch.stack(losses).mean(), {
            "rewards/chosen": reward[0].item(),
            "rewards/rejected": reward[1].item(),
            "rewards/margins": (reward[0] - reward[1]).item(),
            "logps/chosen": logp[0].item(),
            "logps/rejected": logp[1].item(),
            "nll_loss": torch.stack(nlls).mean().item(),
        }

    def train(self):
        ours = self.run.trainer
        parameters = list(self.trained().values())
        size = ours["batchSize"]
        batches = [
            order[first : first + size] for order in self.run.orders for first in range(0, len(order), size)
        ]
        decay = ours["weightDecay"]
        groups = [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": decay},
            {"params": [p for p in parameters if p.dim() == 1], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(
            groups,
            lr=ours["learningRate"],
            betas=(ours["adamBeta1"], ours["adamBeta2"]),
            eps=ours["adamEpsilon"],
        )
        warmup = -(-len(batches) * ours["warmupRatio"] // 1)
        scheduler = get_scheduler(ours["schedule"], optimizer, int(warmup), len(batches))
        log = []
        for pairs in batches:
            optimizer.zero_grad()
            loss, metrics = self.batch(pairs)
            loss.backward()
            if self.first_gradients is None:
                self.first_gradients = {name: p.grad.clone() for name, p in self.trained().items()}
            norm = torch.nn.utils.clip_grad_norm_(parameters, ours["maxGradNorm"])
            log.append({"loss": loss.item(), "grad_norm": norm.item(), **metrics})
            optimizer.step()
            scheduler.step()
        return log
