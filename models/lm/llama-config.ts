/** The part of a Hugging Face `config.json` that shapes a Llama-type model. */
export interface LlamaConfig {
  vocabSize: number
  hiddenSize: number
  layers: number
  heads: number
  intermediateSize: number
  rmsNormEps: number
  ropeTheta: number
  maxPositions: number
  eosTokenId: number
  padTokenId: number
}

/** Linear layers of a block, as PEFT names its target modules. */
export const LINEAR_MODULES = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
] as const
export type LinearModule = (typeof LINEAR_MODULES)[number]

export const EMBEDDING = 'model.embed_tokens.weight'
export const FINAL_NORM = 'model.norm.weight'

/** Tensor name of a linear layer, shape [out, in] as in Hugging Face checkpoints. */
export function linearName(layer: number, module: LinearModule): string {
  const block = module.endsWith('_proj') && 'qkvo'.includes(module[0]!) ? 'self_attn' : 'mlp'
  return `model.layers.${layer}.${block}.${module}.weight`
}

/** Tensor name of a block's norm, shape [hidden]. */
export function normName(layer: number, norm: 'input' | 'post_attention'): string {
  return `model.layers.${layer}.${norm}_layernorm.weight`
}

/** Names and shapes of all tensors, in the order of a checkpoint. The head is tied to the embedding. */
export function llamaShapes(config: LlamaConfig): Map<string, readonly number[]> {
  const { vocabSize, hiddenSize: d, intermediateSize: f, layers } = config
  const shapes = new Map<string, readonly number[]>([[EMBEDDING, [vocabSize, d]]])
  for (let layer = 0; layer < layers; layer++) {
    shapes.set(normName(layer, 'input'), [d])
    for (const module of ['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const)
      shapes.set(linearName(layer, module), [d, d])
    shapes.set(normName(layer, 'post_attention'), [d])
    shapes.set(linearName(layer, 'gate_proj'), [f, d])
    shapes.set(linearName(layer, 'up_proj'), [f, d])
    shapes.set(linearName(layer, 'down_proj'), [d, f])
  }
  return shapes.set(FINAL_NORM, [d])
}
