// Stands for Python with TRL where what it yields is served: writes a valid adapter, other weights for other pairs.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv.at(-1)
if (!readFileSync(0, 'utf8').startsWith('go')) process.exit(75)
const { trainer, baseName } = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'))
const { rank, alpha, modules } = trainer.lora
const pairs = readFileSync(join(folder, 'pairs.jsonl'))
const header = {}
let end = 0
for (const module of modules)
  for (const [factor, shape] of Object.entries({ A: [rank, 2], B: [2, rank] })) {
    const begin = end
    end += 8 * rank
    header[`base_model.model.model.layers.0.self_attn.${module}.lora_${factor}.weight`] = {
      dtype: 'F32',
      shape,
      data_offsets: [begin, end],
    }
  }
const head = Buffer.from(JSON.stringify(header))
const length = Buffer.alloc(8)
length.writeBigUInt64LE(BigInt(head.length))
const seed = createHash('sha256').update(pairs).digest()
const weights = Buffer.alloc(end, seed)
const output = join(folder, 'output')
mkdirSync(output)
writeFileSync(join(output, 'adapter_model.safetensors'), Buffer.concat([length, head, weights]))
const config = {
  peft_type: 'LORA',
  base_model_name_or_path: baseName,
  r: rank,
  lora_alpha: alpha,
  target_modules: modules,
}
writeFileSync(join(output, 'adapter_config.json'), JSON.stringify(config))
for (const event of [
  { event: 'start', steps: 1, versions: { trl: '9.9' } },
  { event: 'log', step: 1, loss: 0.7 },
  { event: 'done', versions: { trl: '9.9', torch: '8.8' } },
])
  process.stdout.write(JSON.stringify(event) + '\n')
