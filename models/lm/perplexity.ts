import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import type { ModelFolder } from './hf-folder.js'
import { packBatch } from './llama-train-batch.js'
import { TrainingSession } from './llama-train-session.js'

/** Texts of one pass. */
const BATCH = 32
/** Longer texts are cut here: enough to tell whether a language is kept. */
const MOST_TOKENS = 512

/** The session used last: making one takes as long as the texts themselves, and nights ask for the same one. */
let kept: { key: string; session: TrainingSession } | null = null

/**
 * Perplexity of texts: exp of the mean negative log-probability of every token after the first of its text, end of
 * sequence included. Nothing in it is random.
 *
 * @throws AttuneError TEXT_TOO_SHORT when no text has a token to predict
 */
export async function perplexity(
  { config, weights, tokenizer }: ModelFolder,
  texts: readonly string[],
): Promise<number> {
  const most = Math.min(config.maxPositions, MOST_TOKENS)
  const sequences = texts
    .map((text) => [...tokenizer.encode(text), config.eosTokenId].slice(0, most))
    .filter((ids) => ids.length > 1)
    .map((ids) => ({ prompt: ids.slice(0, 1), replies: [ids.slice(1)] }))
  if (sequences.length === 0) {
    throw new AttuneError('TEXT_TOO_SHORT', 'data', 'no held-out text has a token to predict', {
      key: 'evaluate.text',
      hint: 'Give it texts of a few sentences.',
    })
  }
  const positions = Math.max(...sequences.map(({ replies }) => 1 + replies[0]!.length))
  const session = await sessionFor({ config, positions })
  let sum = 0
  let tokens = 0
  for (let from = 0; from < sequences.length; from += BATCH) {
    const batch = packBatch(
      sequences.slice(from, from + BATCH),
      config.heads,
      config.hiddenSize / config.heads,
    )
    const { logProbs } = await session.run({ base: weights, batch })
    for (const logProb of logProbs) sum += logProb
    tokens += batch.tokens
  }
  return Math.exp(-sum / tokens)
}

async function sessionFor(shape: {
  config: ModelFolder['config']
  positions: number
}): Promise<TrainingSession> {
  const key = canonicalJson(shape)
  if (kept?.key !== key)
    kept = { key, session: await TrainingSession.create({ ...shape, loss: { kind: 'none' } }) }
  return kept.session
}
