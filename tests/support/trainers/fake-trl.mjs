// Stands for Python with TRL: takes what train.py takes, tells what it tells. What it does stands in a file beside it:
// { "gates": ["loaded", "step", "done"], "end": "well" | "fails" | "no-trl" | "dies" | "half" | "stays" }
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const [own, script, folder, ...more] = process.argv.slice(2)
const home = dirname(own)
const plan = { gates: [], end: 'well', ...JSON.parse(readFileSync(join(home, 'fake.json'), 'utf8')) }
const objections = []
const expect = (holds, what) => holds || objections.push(what)
const tell = (event, fields = {}) => process.stdout.write(JSON.stringify({ event, ...fields }) + '\n')
const gate = async (name) => {
  writeFileSync(join(home, `at-${name}`), String(process.pid))
  while (plan.gates.includes(name) && !existsSync(join(home, `open-${name}`))) await sleep(10)
}

let first = ''
for await (const line of createInterface({ input: process.stdin })) {
  first ||= line
}
if (first !== 'go') process.exit(75)
appendFileSync(join(home, 'began'), `${process.pid} ${process.env.FAKE_MARK ?? '-'}\n`)

const KEYS = ['base', 'baseName', 'orders', 'parent', 'seed', 'trainer']
const job = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'))
const rows = readFileSync(join(folder, 'pairs.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line))
expect(basename(script) === 'train.py' && readFileSync(script, 'utf8').includes('DPOTrainer'), 'script')
expect(more.length === 0, 'arguments')
expect(Object.keys(job).sort().join() === KEYS.join(), 'keys of job.json')
expect(
  rows.every((row) => Object.keys(row).join() === 'system,prompt,chosen,rejected'),
  'columns',
)
expect(job.orders.length === job.trainer.epochs, 'epochs')
expect(
  job.orders.every((order) => order.toSorted((a, b) => a - b).every((row, i) => row === i)),
  'orders',
)
expect(Number.isInteger(job.seed), 'seed')
expect(job.parent === null || existsSync(join(job.parent, 'adapter_config.json')), 'parent')
writeFileSync(join(home, 'given.json'), JSON.stringify({ job, rows, folder }))
if (objections.length > 0) {
  tell('failed', { code: 'OTHER', message: `the fake objects to: ${objections.join('; ')}` })
  process.exit(1)
}

await gate('loaded')
if (plan.end === 'no-trl') {
  process.stderr.write("ModuleNotFoundError: No module named 'trl'\n")
  tell('failed', { code: 'NO_MODULE', message: "No module named 'trl'" })
  process.exit(1)
}
process.stdout.write('Welcome to the box\n{"not": "ours"}\n')
const steps = 3
tell('start', { steps, versions: { trl: '9.9' } })
for (let step = 1; step <= steps; step++) {
  tell('log', { step, loss: 0.7 - step / 10, 'rewards/margins': step / 10 })
  if (step === 2) await gate('step')
  if (step === 2 && plan.end === 'fails') {
    process.stderr.write('Traceback\nRuntimeError: the GPU is on fire\n')
    tell('failed', { code: plan.code ?? 'OTHER', message: 'RuntimeError: the GPU is on fire' })
    process.exit(3)
  }
  if (step === 2 && plan.end === 'dies') process.kill(process.pid, 'SIGKILL')
}
mkdirSync(join(folder, 'output'))
const lora = job.trainer.lora
const weights = adapterOf(lora)
writeFileSync(
  join(folder, 'output', 'adapter_model.safetensors'),
  plan.end === 'half' ? weights.subarray(0, weights.length / 2) : weights,
)
writeFileSync(
  join(folder, 'output', 'adapter_config.json'),
  JSON.stringify({ peft_type: 'LORA', r: lora.rank, lora_alpha: lora.alpha, target_modules: lora.modules }),
)
await gate('done')
tell('done', { versions: { trl: '9.9', torch: '8.8' } })

/** Zeros for one layer of the nano model. */
function adapterOf({ rank, modules }) {
  const sizes = { gate_proj: [256, 96], up_proj: [256, 96], down_proj: [96, 256] }
  const header = {}
  let offset = 0
  for (const module of modules) {
    const [out, input] = sizes[module] ?? [96, 96]
    const block =
      module.startsWith('gate') || module.startsWith('up') || module.startsWith('down') ? 'mlp' : 'self_attn'
    const shapes = { A: [rank, input], B: [out, rank] }
    for (const factor of ['A', 'B']) {
      const shape = shapes[factor]
      const end = offset + 4 * shape[0] * shape[1]
      header[`base_model.model.model.layers.0.${block}.${module}.lora_${factor}.weight`] = {
        dtype: 'F32',
        shape,
        data_offsets: [offset, end],
      }
      offset = end
    }
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, Buffer.alloc(offset)])
}
