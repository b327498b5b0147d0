import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectFolder } from '../../checkpoints/inspect-folder.js'
import { loadCheckpointWeights } from '../../checkpoints/load-weights.js'
import { baseFolder } from '../../models/base-folder.js'
import { ADAPTER, adapterFolder, change, FULL, modelFolder, refusal, safetensors } from './folders.js'

const WEIGHTS = 'adapter_model.safetensors'
describe('a checkpoint as attune and PEFT write it', () => {
  it('passes, as an adapter and as a model', async () => {
    expect(await inspectFolder(await adapterFolder(), ADAPTER)).toEqual({ notes: [] })
    expect(await inspectFolder(await modelFolder(), FULL)).toEqual({ notes: [] })
  })

  it('passes beside what trainers leave there', async () => {
    const folder = await adapterFolder()
    writeFileSync(join(folder, 'README.md'), '---\nlibrary_name: peft\n---\n')
    writeFileSync(join(folder, 'chat_template.jinja'), '{{ messages }}')
    writeFileSync(join(folder, 'tokenizer.json'), '{"model":{"vocab":{"auto_map":1,"trust_remote_code":2}}}')
    change(folder, 'adapter_config.json', { auto_mapping: null, megatron_config: null, rank_pattern: {} })
    expect((await inspectFolder(folder, ADAPTER)).notes).toEqual([])
  })

  it('of a base that is not here tells what could not be compared', async () => {
    const folder = await adapterFolder()
    change(folder, 'adapter_config.json', { base_model_name_or_path: '/scratch/models/mine' })
    const { notes } = await inspectFolder(folder, { kind: 'adapter', base: 'org/mine' })
    expect(notes).toHaveLength(2)
    expect(notes[0]).toContain('/scratch/models/mine')
  })
})

describe('refused is a folder with', () => {
  it.each([
    ['adapter_model.bin', 'pickle'],
    ['training_args.bin', 'pickle'],
    ['optimizer.pt', 'pickle'],
    ['RNG.PTH', 'pickle'],
    ['more/weights.pkl', 'pickle'],
    ['last.ckpt', 'pickle'],
    ['modeling_mine.py', 'code'],
    ['kernel.so', 'code'],
  ])('%s', async (name) => {
    const folder = await adapterFolder()
    mkdirSync(join(folder, 'more'))
    writeFileSync(join(folder, name), 'x')
    expect(await refusal(folder)).toContain(name)
  })

  it.each([
    ['a pickle', Buffer.from([0x80, 0x04, 0x95, 0x00])],
    ['an archive of torch.save', Buffer.from('PK\u0003\u0004data')],
  ])('%s under the name of a text', async (_what, bytes) => {
    const folder = await adapterFolder()
    writeFileSync(join(folder, 'notes.txt'), bytes)
    expect(await refusal(folder)).toContain('another name')
  })

  it('a pickle under the name of safetensors', async () => {
    const folder = await adapterFolder()
    writeFileSync(join(folder, WEIGHTS), Buffer.from('\u0080\u0004cos\nsystem\n(S"true"\ntR.', 'latin1'))
    expect(await refusal(folder)).toContain('not a valid safetensors file')
  })

  it.each(['link to a file', 'link to a folder', 'pipe'])('a %s', async (what) => {
    const folder = await adapterFolder()
    const path = join(folder, 'config.json')
    if (what === 'pipe') execFileSync('mkfifo', [path])
    else symlinkSync(what === 'link to a file' ? '/etc/passwd' : '/etc', path)
    expect(await refusal(folder)).toContain(what === 'pipe' ? 'no plain file' : 'link')
  })

  it('names that mislead', async () => {
    const folder = await adapterFolder()
    writeFileSync(join(folder, 'a\nb.txt'), '')
    expect(await refusal(folder)).toContain('mislead')
  })

  it('folders in folders without end', async () => {
    const folder = await adapterFolder()
    mkdirSync(join(folder, 'a/b/c/d/e/f'), { recursive: true })
    expect(await refusal(folder)).toContain('deep')
  })

  it('a file far too large', async () => {
    const folder = await adapterFolder()
    writeFileSync(join(folder, 'huge.txt'), '')
    truncateSync(join(folder, 'huge.txt'), 9 * 2 ** 30)
    expect(await refusal(folder)).toContain('too many')
  })
})

describe('refused is a configuration', () => {
  it.each([
    ['config.json', { auto_map: { AutoModelForCausalLM: 'modeling.Mine' } }],
    ['tokenizer_config.json', { auto_map: { AutoTokenizer: ['tok.Mine', null] } }],
    ['generation_config.json', { deep: [{ trust_remote_code: true }] }],
    ['config.json', { custom_pipelines: { chat: { impl: 'mine.Pipeline' } } }],
  ])('%s with %j', async (name, changes) => {
    const folder = await modelFolder()
    change(folder, name, changes)
    expect(await refusal(folder, FULL)).toContain('asks for code')
  })

  it.each([
    [{ auto_mapping: { base_model_class: 'X', parent_library: 'os' } }, 'asks for code'],
    [{ megatron_config: { a: 1 }, megatron_core: 'evil' }, 'asks for code'],
    [{ peft_type: 'PROMPT_TUNING' }, 'no LoRA'],
    [{ r: 0 }, '`r`'],
    [{ r: 8 }, 'no LoRA of rank 8'],
    [{ target_modules: ['q_proj', 'v_proj', 'w_proj'] }, 'w_proj that does not exist'],
    [{ target_modules: ['q_proj'] }, 'none of the modules'],
    [{ base_model_name_or_path: 'Qwen/Qwen2.5-0.5B' }, 'cannot'],
  ])('of an adapter with %j', async (changes, words) => {
    const folder = await adapterFolder()
    change(folder, 'adapter_config.json', changes)
    if (words === 'cannot') {
      // an id of the Hub may be this very folder
      const { notes } = await inspectFolder(folder, ADAPTER)
      expect(notes[0]).toContain('cannot be told')
    } else expect(await refusal(folder)).toContain(words)
  })

  it('with a key that readers would take differently', async () => {
    const folder = await modelFolder()
    const file = join(folder, 'config.json')
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('{', '{"model_type":"llama","model_\\u0074ype":"x",'),
    )
    expect(await refusal(folder, FULL)).toContain('twice')
  })

  it('that is no JSON, or too long', async () => {
    const folder = await modelFolder()
    writeFileSync(join(folder, 'generation_config.json'), '{')
    expect(await refusal(folder, FULL)).toContain('no JSON')
    truncateSync(join(folder, 'generation_config.json'), 65 * 2 ** 20)
    expect(await refusal(folder, FULL)).toContain('too long')
  })
})

describe('refused is an adapter for another base', () => {
  it('by the id of the Hub', async () => {
    const folder = await adapterFolder()
    change(folder, 'adapter_config.json', { base_model_name_or_path: 'Qwen/Qwen2.5-0.5B' })
    const expected = { kind: 'adapter', base: 'Qwen/Qwen2.5-1.5B' } as const
    await expect(inspectFolder(folder, expected)).rejects.toMatchObject({ code: 'CHECKPOINT_UNSAFE' })
    const cached = '/root/.cache/huggingface/hub/models--Qwen--Qwen2.5-1.5B/snapshots/abc'
    change(folder, 'adapter_config.json', { base_model_name_or_path: cached })
    await inspectFolder(folder, expected)
  })

  it('by the configuration of a folder on this machine; a copy is the same base', async () => {
    const folder = await adapterFolder()
    const other = await modelFolder()
    change(folder, 'adapter_config.json', { base_model_name_or_path: other })
    expect((await inspectFolder(folder, ADAPTER)).notes).toEqual([])
    change(other, 'config.json', { rope_theta: 5 })
    expect(await refusal(folder)).toContain(`trained on ${other}`)
  })

  it('by the shapes of its modules', async () => {
    const folder = await adapterFolder()
    const base = 'base_model.model.model.layers.0.self_attn.q_proj.lora_'
    const f32 = (shape: number[], begin: number) => {
      const bytes = 4 * shape.reduce((product, n) => product * n, 1)
      return { dtype: 'F32', shape, data_offsets: [begin, begin + bytes] }
    }
    change(folder, 'adapter_config.json', { target_modules: ['q_proj'] })
    const write = (layer: string, input: number) => {
      const header = {
        [`${base.replace('layers.0', layer)}A.weight`]: f32([4, input], 0),
        [`${base.replace('layers.0', layer)}B.weight`]: f32([8, 4], 16 * input),
      }
      writeFileSync(join(folder, WEIGHTS), safetensors(header, 16 * input + 128))
    }
    write('layers.0', 8)
    expect(await refusal(folder)).toContain('is for a module of [8,8]')
    write('layers.99', 8)
    expect(await refusal(folder)).toContain('the base has no module')
  })
})

describe('refused is an index', () => {
  it.each([
    '../model.safetensors',
    '/etc/passwd',
    'a/../../b.safetensors',
    'model.bin',
    'C:\\x.safetensors',
    7,
  ])('that names %j', async (part) => {
    const folder = await modelFolder()
    const map = { 'model.norm.weight': part }
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }))
    expect(await refusal(folder, FULL)).toContain('no file beside it')
  })

  it('that promises what its parts do not hold', async () => {
    const folder = await modelFolder()
    const file = join(folder, 'model.safetensors.index.json')
    writeFileSync(file, JSON.stringify({ weight_map: { 'model.norm.weight': 'model.safetensors' } }))
    await inspectFolder(folder, FULL)
    writeFileSync(file, JSON.stringify({ weight_map: { 'model.norm.bias': 'model.safetensors' } }))
    expect(await refusal(folder, FULL)).toContain('does not stand in')
  })
})

describe('loading a checkpoint', () => {
  const stored = (dir: string | null, kind: 'adapter' | 'full' | 'hosted') => ({
    checkpoint: {
      id: 'x',
      parent: null,
      base: 'nano',
      trainer: 't',
      pairs: 'p',
      location: 'ft:abc',
      kind,
      metrics: {},
    },
    dir,
  })

  it('begins with the inspection', async () => {
    const dir = await adapterFolder()
    writeFileSync(join(dir, 'training_args.bin'), 'x')
    await expect(loadCheckpointWeights(baseFolder('nano'), stored(dir, 'adapter'))).rejects.toMatchObject({
      code: 'CHECKPOINT_UNSAFE',
    })
    rmSync(join(dir, 'training_args.bin'))
    await loadCheckpointWeights(baseFolder('nano'), stored(dir, 'adapter'))
  })

  it('tells that a hosted model cannot be loaded here', async () => {
    await expect(loadCheckpointWeights(baseFolder('nano'), stored(null, 'hosted'))).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_SERVABLE',
    })
  })
})
