import { AttuneError } from '../../common/error.js'

/** Refusals of a free call, as problems of a plan; whatever is no refusal is thrown. */
export async function problemsOf(call: () => Promise<AttuneError[]>): Promise<AttuneError[]> {
  try {
    return await call()
  } catch (error) {
    if (AttuneError.is(error)) return [error]
    throw error
  }
}
