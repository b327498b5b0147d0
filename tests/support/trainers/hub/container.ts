import { z } from 'zod'
import { encodeSafetensors } from '../../../../models/lm/safetensors.js'
import { checkBody } from '../check-body.js'
import { Objection, type PlayedJob } from '../play-server.js'
import { type Repos, sha256 } from './repos.js'

const message = (role: 'system' | 'user' | 'assistant') =>
  z.strictObject({ role: z.literal(role), content: z.string().min(1) })
const plain = z.strictObject({
  prompt: z.string().min(1),
  chosen: z.string().min(1),
  rejected: z.string().min(1),
})
const talk = z.strictObject({
  prompt: z.union([z.tuple([message('user')]), z.tuple([message('system'), message('user')])]),
  chosen: z.tuple([message('assistant')]),
  rejected: z.tuple([message('assistant')]),
})
const environment = z.strictObject({
  ATTUNE_NIGHT: z.string(),
  ATTUNE_RUN_PY: z.base64(),
  ATTUNE_TRAIN_PY: z.base64(),
  HF_HUB_DISABLE_TELEMETRY: z.literal('1'),
})
const night = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{64}$/),
  dataset: z.string(),
  revision: z.string().regex(/^[0-9a-f]{40}$/),
  model: z.string(),
  branch: z.string(),
})
const settings = z.strictObject({
  key: z.string(),
  base: z.string(),
  baseName: z.string(),
  parent: z.boolean(),
  seed: z.int().min(0),
  orders: z.array(z.array(z.int())),
  trainer: z.looseObject({
    method: z.string(),
    lora: z.looseObject({ rank: z.int(), alpha: z.number(), modules: z.array(z.string()) }),
  }),
})

/** What a job leaves behind, before it is committed: a test may spoil it. */
export type Output = Map<string, Buffer>

/** Does what run.py does in its container, without training: reads the night's commit, pushes an adapter of noughts. */
export function playContainer(repos: Repos, job: PlayedJob, spoil: (output: Output) => void): void {
  const env = checkBody(environment, job.body['environment'])
  const { key, dataset, revision, model, branch } = checkBody(night, JSON.parse(env.ATTUNE_NIGHT))
  const pairs = repos.find('datasets', dataset)
  const target = repos.find('models', model)
  if (!pairs.private || !target.private) throw new Objection(400, 'a repository is public')
  const { files } = repos.at(pairs, revision)
  const text = (path: string): string => {
    const content = files.get(path)
    if (!content) throw new Objection(400, `${path} is not in the dataset`)
    return content.toString('utf8')
  }
  const rows = text('data/train.jsonl').trimEnd().split('\n')
  const shape = rows.every((row) => plain.safeParse(JSON.parse(row)).success) ? plain : talk
  for (const row of rows) checkBody<unknown>(shape, JSON.parse(row))
  const given = checkBody(settings, JSON.parse(text('job.json')))
  if (given.key !== key) throw new Objection(400, 'the settings are of another night')
  for (const order of given.orders)
    if (order.toSorted((a, b) => a - b).some((pair, i) => pair !== i) || order.length !== rows.length)
      throw new Objection(400, 'an order is no permutation of the pairs')
  if (given.parent) {
    text('parent/adapter_model.safetensors')
    text('parent/adapter_config.json')
  }
  const output = adapter(given.base, given.trainer.lora, rows.length)
  const described = [...output].map(([name, content]) => [
    name,
    { size: content.length, sha256: sha256(content) },
  ])
  const log = [1, 2, 3].map((step) => ({ step, loss: 0.69 / step, 'rewards/accuracies': 0.5 }))
  const versions = { trl: '1.13.0', transformers: '5.23.0', peft: '0.21.0', torch: '2.13.0' }
  const told = { key, files: Object.fromEntries(described), log, versions }
  output.set('attune.json', Buffer.from(JSON.stringify(told)))
  spoil(output)
  if (!target.branches.has(branch)) repos.branch(target, branch)
  if (output.size > 0) repos.commit(target, branch, `Night ${key.slice(0, 16)}`, output)
}

function adapter(
  base: string,
  { rank, alpha, modules }: { rank: number; alpha: number; modules: string[] },
  value: number,
): Output {
  const block = (module: string): string => (/^[qkvo]_/.test(module) ? 'self_attn' : 'mlp')
  const tensors = modules.flatMap((module) =>
    (['A', 'B'] as const).map((side) => {
      const shape = side === 'A' ? [rank, 4] : [4, rank]
      const name = `base_model.model.model.layers.0.${block(module)}.${module}.lora_${side}.weight`
      return [name, { shape, data: new Float32Array(rank * 4).fill(value) }] as const
    }),
  )
  const config = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    target_modules: modules,
  }
  return new Map([
    ['adapter_config.json', Buffer.from(JSON.stringify(config))],
    ['adapter_model.safetensors', Buffer.from(encodeSafetensors(tensors))],
  ])
}
