"""Samples replies with transformers' generate, one prompt at a time, and prints candidates per second."""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

model_dir, prompts_file, replies, max_tokens, threads = sys.argv[1:6]
torch.set_num_threads(int(threads))
tokenizer = AutoTokenizer.from_pretrained(model_dir)
model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=torch.float32).eval()
prompts = json.load(open(prompts_file))
torch.manual_seed(1)


def sample(prompt):
    ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False, return_token_type_ids=False)
    return model.generate(
        **ids,
        do_sample=True,
        top_k=0,
        temperature=1.0,
        num_return_sequences=int(replies),
        max_new_tokens=int(max_tokens),
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )


with torch.inference_mode():
    for prompt in prompts[:5]:
        sample(prompt)
    start = time.perf_counter()
    for prompt in prompts:
        sample(prompt)
    seconds = time.perf_counter() - start
print(json.dumps({"candidatesPerSecond": len(prompts) * int(replies) / seconds}))
