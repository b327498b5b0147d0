import { AttuneError } from '../../common/error.js'

/** One request that is not answered goes on record; more of them in a row mean that nothing will be. */
const MOST_IN_A_ROW = 5
const OUTAGES = new Set(['MODEL_REFUSED', 'MODEL_UNREACHABLE'])

/** Tells a request that a server did not answer from a server that does not answer. */
export class Outages {
  #row = 0

  /**
   * What the call yields, or `{ failure }` where the model refused or could not be reached.
   *
   * @throws the fifth such error in a row, and every other error
   */
  async orFailure<T>(call: () => Promise<T>): Promise<T | { failure: string }> {
    try {
      const value = await call()
      this.#row = 0
      return value
    } catch (error) {
      if (!AttuneError.is(error) || !OUTAGES.has(error.code) || ++this.#row >= MOST_IN_A_ROW) throw error
      return { failure: `${error.code}: ${error.message}` }
    }
  }
}
