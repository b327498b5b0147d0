import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { embedBatched } from './batched.js'
import type { Embedder } from './embedder.js'
import { normalise } from './normalise.js'

/** Texts of one forward pass. */
const BATCH = 32
const PACKAGE = '@huggingface/transformers'

/** The part of transformers.js that is used; the package is optional, so its own types are not relied on. */
interface Transformers {
  env: { allowRemoteModels: boolean }
  pipeline(task: 'feature-extraction', model: string, options: object): Promise<Extractor>
}

interface Extractor {
  (
    texts: string[],
    options: { pooling: 'mean'; normalize: boolean },
  ): Promise<{
    dims: number[]
    data: ArrayLike<number>
  }>
  dispose(): Promise<unknown>
}

/**
 * An embedding model in process, through transformers.js: a folder with `onnx/model.onnx`, or a name on the Hub, which
 * is downloaded once. Vectors are the mean over tokens.
 */
export class TransformersEmbedder implements Embedder {
  private constructor(
    readonly id: string,
    readonly dim: number,
    private readonly extractor: Extractor,
  ) {}

  /**
   * @param model a folder, or the name of a model on the Hub such as `Xenova/all-MiniLM-L6-v2`
   * @throws AttuneError EMBEDDER_MISSING (kind `config`) when the package or the model cannot be had
   */
  static async open(model: string): Promise<TransformersEmbedder> {
    const transformers = await load()
    const folder = resolve(model)
    const local = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    transformers.env.allowRemoteModels = !local
    try {
      const source = local ? folder : model
      const extractor = await transformers.pipeline('feature-extraction', source, {
        dtype: 'fp32',
        device: 'cpu',
      })
      const { dims } = await extractor(['dimensions'], { pooling: 'mean', normalize: true })
      return new TransformersEmbedder(`transformers ${model}`, dims.at(-1)!, extractor)
    } catch (cause) {
      throw new AttuneError(
        'EMBEDDER_MISSING',
        'config',
        `the embedding model \`${model}\` could not be opened`,
        {
          key: 'assistant.memory.embedder',
          hint: local
            ? 'the folder needs config.json, tokenizer.json, tokenizer_config.json and onnx/model.onnx'
            : 'there is no such folder, and the Hub did not give a model of this name: check the name and the network, or download it and name its folder',
          cause,
        },
      )
    }
  }

  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    return embedBatched(texts, BATCH, this.dim, async (batch) => {
      signal?.throwIfAborted()
      const { data } = await this.extractor(batch, { pooling: 'mean', normalize: true })
      const all = Float32Array.from(data)
      return batch.map((_, i) => normalise(all.subarray(i * this.dim, (i + 1) * this.dim)))
    })
  }

  /** Frees the session. */
  async close(): Promise<void> {
    await this.extractor.dispose()
  }
}

async function load(): Promise<Transformers> {
  try {
    return (await import(PACKAGE)) as Transformers
  } catch (cause) {
    throw new AttuneError('EMBEDDER_MISSING', 'config', `the optional package ${PACKAGE} is not installed`, {
      key: 'assistant.memory.embedder',
      hint: `run \`npm install ${PACKAGE}@4.3.1\`, or use \`built-in\` or an entry of \`models\``,
      cause,
    })
  }
}
