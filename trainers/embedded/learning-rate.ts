import type { TrainerConfig } from '../../configs/schema.js'

/**
 * Learning rate of an optimiser step (from 0), as the schedulers of transformers (`optimization.py`: linear, cosine,
 * constant_with_warmup) with ceil(warmupRatio * steps) warm-up steps.
 */
export function learningRateAt(
  step: number,
  steps: number,
  { learningRate, schedule, warmupRatio }: Pick<TrainerConfig, 'learningRate' | 'schedule' | 'warmupRatio'>,
): number {
  const warmup = Math.ceil(warmupRatio * steps)
  if (step < warmup) return (learningRate * step) / Math.max(1, warmup)
  if (schedule === 'constant') return learningRate
  const progress = (step - warmup) / Math.max(1, steps - warmup)
  const factor = schedule === 'linear' ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress))
  return learningRate * Math.max(0, factor)
}
