import { AttuneError } from '../../common/error.js'
import type { Tokenizer } from './tokenizer.js'

/** A place within the replies: what was said so far. */
export interface TrieNode {
  /** Tokens that may come next, ascending; empty at the end of a reply. */
  readonly tokens: Int32Array
  /** Where each of `tokens` leads. */
  readonly children: readonly TrieNode[]
  /** The reply, at its end. */
  readonly reply: string | null
}

interface Draft {
  children: Map<number, Draft>
  reply: string | null
}

function freeze({ children, reply }: Draft): TrieNode {
  const sorted = [...children].sort(([a], [b]) => a - b)
  return {
    tokens: Int32Array.from(sorted, ([token]) => token),
    children: sorted.map(([, child]) => freeze(child)),
    reply,
  }
}

/** The child that a token leads to, if it may come. */
export function follow(node: TrieNode, token: number): TrieNode | undefined {
  const { tokens } = node
  let low = 0
  let high = tokens.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    if (tokens[middle] === token) return node.children[middle]
    if (tokens[middle]! < token) low = middle + 1
    else high = middle - 1
  }
  return undefined
}

/** A copy without one reply and without the branches that led only to it; null when nothing is left. */
function prune(node: TrieNode, ids: readonly number[], depth = 0): TrieNode | null {
  const index = depth < ids.length ? node.tokens.indexOf(ids[depth]!) : -1
  if (depth === ids.length) return null
  if (index < 0) return node
  const child = prune(node.children[index]!, ids, depth + 1)
  if (child) return { ...node, children: node.children.with(index, child) }
  if (node.tokens.length === 1) return null
  return {
    ...node,
    tokens: node.tokens.filter((_, i) => i !== index),
    children: node.children.toSpliced(index, 1),
  }
}

/** The replies a model may give, as a tree of token ids; each ends with the end-of-sequence token. */
export class ReplyTrie {
  private constructor(
    readonly root: TrieNode,
    private readonly tokenizer: Tokenizer,
  ) {}

  /**
   * @throws AttuneError REPLY_NOT_WRITABLE (kind `data`) for a reply that is empty or has words unknown to the tokenizer,
   * or when there are no replies
   */
  static of(replies: Iterable<string>, tokenizer: Tokenizer): ReplyTrie {
    const root: Draft = { children: new Map(), reply: null }
    for (const reply of replies) {
      const ids = tokenizer.encode(reply)
      if (ids.length === 0 || tokenizer.encode(tokenizer.decode(ids)).join() !== ids.join()) {
        throw new AttuneError(
          'REPLY_NOT_WRITABLE',
          'data',
          `the model's tokenizer cannot write the reply "${reply}"`,
          {
            hint: 'Use the tokenizer made from this catalogue, or take the reply out.',
          },
        )
      }
      let node = root
      for (const id of [...ids, tokenizer.eosTokenId]) {
        let child = node.children.get(id)
        if (!child) node.children.set(id, (child = { children: new Map(), reply: null }))
        node = child
      }
      node.reply ??= reply
    }
    if (root.children.size === 0) {
      throw new AttuneError('REPLY_NOT_WRITABLE', 'data', 'there are no replies to choose from', {
        hint: 'Give at least one reply.',
      })
    }
    return new ReplyTrie(freeze(root), tokenizer)
  }

  /** Token ids of a reply with the end-of-sequence token. */
  encode(reply: string): number[] {
    return [...this.tokenizer.encode(reply), this.tokenizer.eosTokenId]
  }

  /**
   * The tokens that may come at each position of a reply: `result[i]` holds `ids[i]` and its alternatives, ascending.
   *
   * @param ids as {@link encode} gives them
   * @throws AttuneError REPLY_NOT_ALLOWED (kind `data`) when they are not one of the replies, or its beginning
   */
  allowedAlong(ids: readonly number[]): Int32Array[] {
    const allowed: Int32Array[] = []
    let node = this.root
    for (const id of ids) {
      const next = follow(node, id)
      if (!next) {
        throw new AttuneError(
          'REPLY_NOT_ALLOWED',
          'data',
          `"${this.tokenizer.decode(ids)}" is not one of the model's replies`,
          {
            hint: 'Train with pairs whose texts come from the catalogue, or without a list of replies.',
          },
        )
      }
      allowed.push(node.tokens)
      node = next
    }
    return allowed
  }

  /** True for one of the replies. */
  has(reply: string): boolean {
    let node: TrieNode | undefined = this.root
    for (const id of this.encode(reply)) node &&= follow(node, id)
    return node !== undefined
  }

  /**
   * The same without some replies: a branch is closed at the first token after which nothing else could follow.
   *
   * @throws AttuneError REPLIES_ALL_EXCLUDED (kind `usage`) when none is left
   */
  without(replies: readonly string[]): ReplyTrie {
    let root: TrieNode | null = this.root
    for (const reply of replies) root &&= prune(root, this.encode(reply))
    if (root) return new ReplyTrie(root, this.tokenizer)
    throw new AttuneError('REPLIES_ALL_EXCLUDED', 'usage', 'every reply of the model is excluded', {
      hint: 'Exclude fewer replies.',
    })
  }
}
