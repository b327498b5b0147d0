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
    // masked attention weights underflow; denormals would slow every product with them
    extra: { session: { set_denormal_as_zero: '1' } },
  })
}
