import { InferenceSession } from 'onnxruntime-node'

/**
 * Loads a serialised graph.
 * @param threads intra-op threads; small models are fastest with one, so that one process a core can run
 */
export function createSession(
  model: Uint8Array,
  { threads = 1 }: { threads?: number } = {},
): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  })
}
