import { z } from 'zod'
import { checkBody } from './check-body.js'
import type { PlayedHub } from './hub.js'
import {
  type Answer,
  type Asked,
  Objection,
  type PlayedJob,
  playService,
  type PlayedService,
} from './play-server.js'

const parameters = z
  .strictObject({
    mixed_precision: z.enum(['fp16', 'bf16']).nullable(),
    quantization: z.enum(['int4', 'int8', 'none']),
    disable_gradient_checkpointing: z.boolean(),
    chat_template: z.null(),
    padding: z.literal('right'),
    add_eos_token: z.boolean(),
    block_size: z.int().min(1),
    model_max_length: z.int().min(1),
    max_prompt_length: z.int().min(1),
    max_completion_length: z.int().min(1),
    dpo_beta: z.number(),
    lr: z.number(),
    epochs: z.int(),
    batch_size: z.int(),
    gradient_accumulation: z.literal(1),
    auto_find_batch_size: z.literal(false),
    optimizer: z.literal('adamw_torch'),
    scheduler: z.enum(['linear', 'cosine', 'constant']),
    warmup_ratio: z.number(),
    weight_decay: z.number(),
    max_grad_norm: z.number(),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
    logging_steps: z.literal(1),
    log: z.literal('none'),
    push_to_hub: z.literal(true),
    peft: z.boolean(),
    merge_adapter: z.literal(true).optional(),
    lora_r: z.int().optional(),
    lora_alpha: z.int().optional(),
    lora_dropout: z.number().optional(),
    target_modules: z.string().optional(),
    model_ref: z.string().optional(),
  })
  .refine((body) => body.peft !== (body.model_ref !== undefined), 'model_ref is of full training')

const form = z.strictObject({
  project_name: z.string().regex(/^[a-zA-Z0-9-]{1,50}$/),
  task: z.literal('llm:dpo'),
  base_model: z.string().min(1),
  hardware: z.literal('local-ui'),
  params: z.string(),
  autotrain_user: z.literal('tester'),
  column_mapping: z.string(),
  hub_dataset: z.string(),
  train_split: z.literal('train'),
  valid_split: z.literal(''),
})
const mapping = z.strictObject({
  prompt: z.literal('prompt'),
  text: z.literal('chosen'),
  rejected_text: z.literal('rejected'),
})

const LIVE = ['queued', 'running']

/** An AutoTrain server (0.8.36) on 127.0.0.1 with one training at a time, which pushes to a played Hub. */
export function playAutoTrain(hub: PlayedHub, gpus = 1): Promise<PlayedService> {
  const route = async (asked: Asked, service: PlayedService): Promise<Answer> => {
    if (asked.headers.authorization !== undefined) throw new Objection(400, 'a key was sent to the server')
    switch (asked.label) {
      case 'POST /ui/create_project':
        await create(await asked.form(), service, hub)
        return { status: 200, body: { success: 'true', monitor_url: 'Monitor your job locally / in logs' } }
      case 'GET /ui/is_model_training': {
        const job = service.jobs.find(({ state }) => LIVE.includes(state))
        if (job) moveOn(job, hub)
        const live = job !== undefined && LIVE.includes(job.state)
        return { status: 200, body: { model_training: live, pids: live ? [4711] : [] } }
      }
      case 'GET /ui/accelerators':
        return { status: 200, body: { accelerators: gpus } }
      case 'GET /ui/logs':
        return { status: 200, body: { logs: service.jobs.flatMap(linesOf).toReversed() } }
      case 'GET /ui/stop_training': {
        const job = service.jobs.find(({ state }) => LIVE.includes(state))
        if (job) job.state = 'cancelled'
        return { status: 200, body: { success: job !== undefined } }
      }
      default:
        throw new Objection(404, 'Not Found')
    }
  }
  return playService('', route, (message) => ({ detail: message }))
}

async function create(data: FormData, service: PlayedService, hub: PlayedHub): Promise<void> {
  const { params, column_mapping, ...fields } = checkBody(form, Object.fromEntries(data))
  const values = checkBody(parameters, JSON.parse(params))
  checkBody(mapping, JSON.parse(column_mapping))
  if (service.jobs.some(({ state }) => LIVE.includes(state)))
    throw new Objection(409, 'Another job is already running. Please wait for it to finish.')
  const id = `tester/${fields.project_name}`
  if (hub.repos.repos.has(`models/${id}`))
    throw new Objection(409, `Project ${fields.project_name} already exists. Please choose a different name.`)
  const pairs = hub.repos.find('datasets', fields.hub_dataset)
  const rows =
    hub.repos.at(pairs, 'main').files.get('data/train.jsonl')?.toString('utf8').trim().split('\n') ?? []
  if (!pairs.private || rows.length === 0) throw new Objection(400, 'the pairs are public, or none')
  for (const row of rows)
    if (Object.keys(JSON.parse(row) as object).join() !== 'prompt,chosen,rejected')
      throw new Objection(400, row)
  const script = [...service.script]
  service.jobs.push({ id, state: 'queued', script, body: { ...fields, params: values, rows: rows.length } })
}

/** One look further; the training process makes its repository once the model is loaded. */
function moveOn(job: PlayedJob, hub: PlayedHub): void {
  job.state = job.script.shift() ?? job.state
  const put = (files: Record<string, string>): void => void hub.repos.put('model', job.id, true, files)
  if (job.state === 'running' && !hub.repos.repos.has(`models/${job.id}`)) put({})
  const rest = { 'config.json': '{}', 'training_params.json': '{}', 'tokenizer.json': '{}' }
  if (job.state === 'succeeded') put({ ...rest, 'model.safetensors': 'w' })
  if (job.state === 'half') put({ ...rest, 'model-00001-of-00002.safetensors': 'w' })
}

function linesOf({ id, state, body }: PlayedJob): string[] {
  const project = id.split('/')[1]!
  const said = (text: string): string => `INFO     | 2026-11-21 02:00:00 | autotrain.x:y:1 - ${text}`
  const losses = [0.69, 0.5, 0.31].map((loss, i) =>
    said(`{'loss': ${loss}, 'grad_norm': nan, 'rewards/margins': ${0.1 * i}, 'epoch': ${i + 1}.0}`),
  )
  return [
    said(
      `['accelerate', 'launch', '--cpu', '-m', 'autotrain.trainers.clm', '--training_config', '${project}/training_params.json']`,
    ),
    said(`{'model': '${String(body['base_model'])}', 'token': '*****'}`),
    // as the server does, every row twice
    ...losses.flatMap((line) => [line, line]),
    ...(state === 'failed' ? ['ERROR    | 2026-11-21 | autotrain - train has failed: out of memory'] : []),
    said(`{'train_runtime': 12.5, 'train_loss': 0.5, 'epoch': 3.0}`),
  ]
}
