/** A prompt with the replies that follow it; the prompt is computed once for all of them. */
export interface PromptWithReplies {
  prompt: readonly number[]
  /** None empty. */
  replies: readonly (readonly number[])[]
}

/** Inputs of the training graph that describe a batch: int32 indices and f32 masks by name, with their shapes. */
export interface TrainingBatch {
  ints: Map<string, { data: Int32Array; dims: number[] }>
  floats: Map<string, { data: Float32Array; dims: number[] }>
  /** int64 shapes of the padded layouts. */
  shapes: Map<string, number[]>
  /** Reply tokens, in order. */
  tokens: number
  /** Packed rows. */
  rows: number
  /** Index of the first reply token of each reply, and one past the last. */
  replyStarts: number[]
}

const BLOCKED = -1e9

/** One prompt with its replies in the packed rows. */
interface Placed {
  /** First packed row. */
  start: number
  length: number
  /** First reply token. */
  firstToken: number
  tokenCount: number
}

/**
 * Lays prompts out as [prompt | reply | reply ...] in packed rows without padding; replies do not see each other and
 * their positions restart after the prompt. Only attention sees a padded layout [B, heads, T, hd].
 * @throws RangeError for an empty prompt or reply
 */
export function packBatch(
  sequences: readonly PromptWithReplies[],
  heads: number,
  headSize: number,
): TrainingBatch {
  const placed: Placed[] = []
  let rows = 0
  let tokens = 0
  for (const { prompt, replies } of sequences) {
    if (prompt.length === 0 || replies.some((reply) => reply.length === 0))
      throw new RangeError('empty prompt or reply')
    const tokenCount = replies.reduce((sum, reply) => sum + reply.length, 0)
    placed.push({ start: rows, length: prompt.length + tokenCount, firstToken: tokens, tokenCount })
    rows += prompt.length + tokenCount
    tokens += tokenCount
  }
  const batch = sequences.length
  const time = Math.max(...placed.map((p) => p.length))
  const replyTime = Math.max(...placed.map((p) => p.tokenCount))

  const ids = new Int32Array(rows)
  const targets = new Int32Array(tokens)
  const predicting = new Int32Array(tokens)
  const positions = new Int32Array(batch * time)
  const replyPositions = new Int32Array(batch * replyTime)
  const mask = new Float32Array(batch * time * time).fill(BLOCKED)
  const replyMask = new Float32Array(batch * replyTime * time).fill(BLOCKED)
  const replyStarts: number[] = []

  sequences.forEach(({ prompt, replies }, b) => {
    const { start, firstToken } = placed[b]!
    const maskRow = (place: number): number => (b * time + place) * time
    ids.set(prompt, start)
    for (let i = 0; i < prompt.length; i++) {
      positions[b * time + i] = i
      mask.fill(0, maskRow(i), maskRow(i) + i + 1)
    }
    let place = prompt.length
    let token = firstToken
    for (const reply of replies) {
      replyStarts.push(token)
      ids.set(reply, start + place)
      targets.set(reply, token)
      for (let i = 0; i < reply.length; i++, token++) {
        const row = maskRow(place + i)
        positions[b * time + place + i] = prompt.length + i
        mask.fill(0, row, row + prompt.length)
        mask.fill(0, row + place, row + place + i + 1)
        const before = i === 0 ? prompt.length - 1 : place + i - 1
        const query = b * replyTime + token - firstToken
        predicting[token] = start + before
        replyPositions[query] = prompt.length + i - 1
        replyMask.set(mask.subarray(maskRow(before), maskRow(before) + time), query * time)
      }
      place += reply.length
    }
  })
  replyStarts.push(tokens)

  const all = headIndices(
    placed.map(({ start, length }) => [start, length]),
    rows,
    time,
    heads,
  )
  const reply = headIndices(
    placed.map(({ firstToken, tokenCount }) => [firstToken, tokenCount]),
    tokens,
    replyTime,
    heads,
  )
  const vector = (data: Int32Array): { data: Int32Array; dims: number[] } => ({ data, dims: [data.length] })
  return {
    tokens,
    rows,
    replyStarts,
    ints: new Map([
      ['ids', vector(ids)],
      ['targets', vector(targets)],
      ['rows', vector(predicting)],
      ['all.positions', { data: positions, dims: [batch, time] }],
      ['reply.positions', { data: replyPositions, dims: [batch, replyTime] }],
      ['all.toHeads', vector(all.toHeads)],
      ['all.toRows', vector(all.toRows)],
      ['reply.toHeads', vector(reply.toHeads)],
      ['reply.toRows', vector(reply.toRows)],
    ]),
    floats: new Map([
      ['all.mask', { data: mask, dims: [batch, 1, time, time] }],
      ['reply.mask', { data: replyMask, dims: [batch, 1, replyTime, time] }],
    ]),
    shapes: new Map([
      ['all.padded', [batch, heads, time, headSize]],
      ['reply.padded', [batch, heads, replyTime, headSize]],
    ]),
  }
}

/** Indices between packed rows and the padded layout [B, H, T], see `HeadLayout`; `spans` are first row and length. */
function headIndices(
  spans: readonly (readonly [number, number])[],
  rows: number,
  time: number,
  heads: number,
): { toHeads: Int32Array; toRows: Int32Array } {
  const toHeads = new Int32Array(spans.length * heads * time).fill(rows * heads)
  const toRows = new Int32Array(rows * heads)
  spans.forEach(([start, length], b) => {
    for (let head = 0; head < heads; head++) {
      const place = (b * heads + head) * time
      for (let t = 0; t < length; t++) {
        const slice = (start + t) * heads + head
        toHeads[place + t] = slice
        toRows[slice] = place + t
      }
    }
  })
  return { toHeads, toRows }
}
