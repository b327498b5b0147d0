import type { CardFacts } from './model-card.js'

const CODE = '```'

/** Code to copy: in Python, and in attune. */
export function howToLoad(facts: Pick<CardFacts, 'repo' | 'form' | 'base' | 'prompt'>): string {
  return ['## How to load it', '', inPython(facts), '', inAttune(facts)].join('\n')
}

/** A moment in the words of the nano model, and one in anybody's. */
const PROMPTS = {
  compact: 'monday afternoon 14h 30m kitchen : making coffee . last never h0 t0 =>',
  chat: 'It is Monday, 14:30. The user is in the kitchen, making coffee. Say something, or stay silent.',
}

function inPython({ repo, form, prompt }: Pick<CardFacts, 'repo' | 'form' | 'prompt'>): string {
  const [library, loader] =
    form === 'adapter'
      ? ['from peft import AutoPeftModelForCausalLM', 'AutoPeftModelForCausalLM']
      : ['from transformers import AutoModelForCausalLM', 'AutoModelForCausalLM']
  const inputs =
    prompt === 'compact'
      ? `inputs = tokenizer("${PROMPTS.compact}", return_tensors="pt")`
      : `messages = [{"role": "user", "content": "${PROMPTS.chat}"}]
inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True, return_tensors="pt")`
  return `${CODE}python
${library}
from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("${repo}")
model = ${loader}.from_pretrained("${repo}")
${inputs}
output = model.generate(inputs["input_ids"], max_new_tokens=${prompt === 'compact' ? 24 : 256}, do_sample=True)
print(tokenizer.decode(output[0][inputs["input_ids"].shape[1]:], skip_special_tokens=True))
${CODE}`
}

function inAttune({
  repo,
  form,
  base,
  prompt,
}: Pick<CardFacts, 'repo' | 'form' | 'base' | 'prompt'>): string {
  const name = repo.split('/').at(-1)!
  if (form === 'full' && prompt === 'compact') {
    return `In attune, as the assistant of a run:

${CODE}sh
hf download ${repo} --local-dir models/${name}
attune run configs/quickstart.yaml --set name=${name} --set assistant.model=./models/${name}
${CODE}`
  }
  if (prompt === 'compact') {
    return `In attune, merged into its base, as the assistant of a run:

${CODE}python
model.merge_and_unload().save_pretrained("models/${name}")
tokenizer.save_pretrained("models/${name}")
${CODE}

${CODE}sh
attune run configs/quickstart.yaml --set name=${name} --set assistant.model=./models/${name}
${CODE}`
  }
  const serve =
    form === 'adapter'
      ? `vllm serve ${base.hubId ?? base.name} --enable-lora --lora-modules ${name}=${repo}`
      : `vllm serve ${repo} --served-model-name ${name}`
  return `In attune, behind a server:

${CODE}sh
${serve}
${CODE}

${CODE}yaml
name: ${name}
days: 1
assistant: { model: tuned, prompt: chat }
trainer: { backend: none }
models:
  tuned: { model: ${name}, url: 'http://localhost:8000/v1' }
${CODE}`
}
