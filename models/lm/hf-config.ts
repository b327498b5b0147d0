import { AttuneError } from '../../common/error.js'
import type { LlamaConfig } from './llama-config.js'

/** `config.json` of a LlamaForCausalLM with tied embeddings, as transformers 4 and 5 read it. */
export function toHuggingFaceConfig(config: LlamaConfig): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.heads,
    head_dim: config.hiddenSize / config.heads,
    intermediate_size: config.intermediateSize,
    hidden_act: 'silu',
    rms_norm_eps: config.rmsNormEps,
    // transformers 4 reads the first, transformers 5 the second
    rope_theta: config.ropeTheta,
    rope_parameters: { rope_type: 'default', rope_theta: config.ropeTheta },
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: true,
    attention_bias: false,
    mlp_bias: false,
    attention_dropout: 0,
    initializer_range: 0.02,
    pad_token_id: config.padTokenId,
    eos_token_id: config.eosTokenId,
    bos_token_id: null,
    use_cache: true,
    dtype: 'float32',
  }
}

interface Rope {
  rope_theta?: unknown
  rope_type?: unknown
}

/**
 * Reads `config.json` of a Llama with as many key-value heads as heads, no biases, plain rotary embedding and a tied
 * head.
 *
 * @throws AttuneError MODEL_CONFIG_INVALID (kind `data`) for a missing or senseless value, MODEL_UNSUPPORTED (kind
 * `model`) for another architecture
 */
export function fromHuggingFaceConfig(json: Record<string, unknown>, file: string): LlamaConfig {
  const refuse = (key: string, why: string): never => {
    throw new AttuneError('MODEL_UNSUPPORTED', 'model', `${file}: ${why}`, {
      file,
      key,
      hint: 'Use a LlamaForCausalLM with tied embeddings, without biases and without grouped key-value heads.',
    })
  }
  const number = (key: string, value: unknown, isValid: (n: number) => boolean): number => {
    if (typeof value === 'number' && isValid(value)) return value
    throw new AttuneError(
      'MODEL_CONFIG_INVALID',
      'data',
      `${file}: ${key} is ${JSON.stringify(value) ?? 'missing'}`,
      {
        file,
        key,
        hint: 'Copy config.json of the model again.',
      },
    )
  }
  const count = (key: string): number => number(key, json[key], (n) => Number.isSafeInteger(n) && n > 0)
  const token = (key: string, value: unknown): number =>
    number(key, value, (n) => Number.isSafeInteger(n) && n >= 0)

  const architecture = Array.isArray(json.architectures) ? json.architectures[0] : undefined
  if (architecture !== 'LlamaForCausalLM')
    refuse('architectures', `architecture ${String(architecture)} is not supported`)
  if (json.tie_word_embeddings !== true)
    refuse('tie_word_embeddings', 'the head is not tied to the embedding')
  if (json.attention_bias === true) refuse('attention_bias', 'attention has biases')
  if (json.mlp_bias === true) refuse('mlp_bias', 'linear layers have biases')
  if ((json.hidden_act ?? 'silu') !== 'silu') refuse('hidden_act', `activation ${String(json.hidden_act)}`)
  const rope = (json.rope_parameters ?? json.rope_scaling ?? {}) as Rope
  if ((rope.rope_type ?? 'default') !== 'default')
    refuse('rope_parameters', `rotary scaling ${String(rope.rope_type)}`)

  const heads = count('num_attention_heads')
  const hiddenSize = count('hidden_size')
  if ((json.num_key_value_heads ?? heads) !== heads)
    refuse('num_key_value_heads', 'key-value heads are grouped')
  if (hiddenSize % (2 * heads) !== 0)
    refuse('hidden_size', `${hiddenSize} does not divide into ${heads} even heads`)
  if ((json.head_dim ?? hiddenSize / heads) !== hiddenSize / heads)
    refuse('head_dim', 'head_dim is not hidden_size / heads')
  const eos = token(
    'eos_token_id',
    Array.isArray(json.eos_token_id) ? json.eos_token_id[0] : json.eos_token_id,
  )
  return {
    vocabSize: count('vocab_size'),
    hiddenSize,
    layers: count('num_hidden_layers'),
    heads,
    intermediateSize: count('intermediate_size'),
    rmsNormEps: number('rms_norm_eps', json.rms_norm_eps ?? 1e-6, (n) => n > 0),
    ropeTheta: number('rope_theta', json.rope_theta ?? rope.rope_theta ?? 10_000, (n) => n > 0),
    maxPositions: count('max_position_embeddings'),
    eosTokenId: eos,
    padTokenId: token('pad_token_id', json.pad_token_id ?? eos),
  }
}
