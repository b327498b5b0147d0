import { randomAt } from '../common/random.js'
import type { ChatModel, Choice, GenerateOptions, GenerateReply, GenerateRequest } from './chat-model.js'
import { loadModelFolder, type ModelFolder } from './lm/hf-folder.js'
import { LlamaGenerator, type GeneratedReply, type ReplyRequest } from './lm/llama-generate.js'
import type { Tokenizer } from './lm/tokenizer.js'
import { ReplyTrie, type TrieNode } from './lm/trie.js'

/** Settings of a {@link LocalModel}. */
export interface LocalModelOptions {
  /** The only replies that may come; without, any text. */
  replies?: readonly string[]
  /** Names the weights; without, the folder. */
  id?: string
}

/**
 * The prompt is the text itself: one user message as it is, several messages with an empty line between. A language
 * model of this kind knows no chat template.
 */
function promptOf({ messages }: GenerateRequest): string {
  return messages.map(({ content }) => content).join('\n\n')
}

function byPrompt(requests: readonly GenerateRequest[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  requests.forEach((request, i) => {
    const prompt = promptOf(request)
    groups.set(prompt, [...(groups.get(prompt) ?? []), i])
  })
  return groups
}

/** A language model on this machine's CPU, its draws addressed. */
export class LocalModel implements ChatModel {
  readonly #tries = new Map<string, ReplyTrie>()

  private constructor(
    readonly id: string,
    private readonly tokenizer: Tokenizer,
    private readonly generator: LlamaGenerator,
    private readonly grammar: ReplyTrie | null,
  ) {}

  /**
   * @param model weights are copied into the session
   * @throws AttuneError REPLY_NOT_WRITABLE
   */
  static async create(
    { config, weights, tokenizer }: ModelFolder,
    { id, replies }: { id: string; replies?: readonly string[] },
  ): Promise<LocalModel> {
    const grammar = replies ? ReplyTrie.of(replies, tokenizer) : null
    return new LocalModel(id, tokenizer, await LlamaGenerator.create(config, weights), grammar)
  }

  /**
   * Requests of one call with the same prompt share its computation and are drawn together. Reply `i` of a request draws
   * at the request's address followed by `reply`, `i`. An excluded reply is impossible under a list of replies; without
   * one, a reply may not begin with the first token of an excluded one.
   *
   * @throws AttuneError PROMPT_EMPTY, PROMPT_TOO_LONG, REPLIES_ALL_EXCLUDED; the signal's reason when aborted
   */
  async generate(
    requests: readonly GenerateRequest[],
    { signal }: GenerateOptions = {},
  ): Promise<GenerateReply[]> {
    const replies: GenerateReply[] = []
    for (const [prompt, indices] of byPrompt(requests)) {
      signal?.throwIfAborted()
      const ids = this.tokenizer.encode(prompt)
      const wanted = indices.flatMap((i) => this.#repliesOf(requests[i]!))
      const drawn = (await this.generator.generate(ids, wanted)).map((reply) => this.#choice(reply))
      let from = 0
      for (const i of indices) {
        replies[i] = { choices: drawn.slice(from, (from += requests[i]!.n)), promptTokens: ids.length }
      }
    }
    return replies
  }

  close(): Promise<void> {
    return this.generator.close()
  }

  #repliesOf({ n, sampling, address, exclude = [] }: GenerateRequest): ReplyRequest[] {
    const grammar = this.#grammarWithout(exclude)
    const firsts = exclude.flatMap((reply) => this.tokenizer.encode(reply).slice(0, 1))
    const notFirst = firsts.length > 0 && !grammar ? { notFirst: new Set(firsts) } : {}
    return Array.from({ length: n }, (_, i) => ({
      sampling,
      random: randomAt(...address, 'reply', i),
      grammar,
      ...notFirst,
    }))
  }

  #grammarWithout(exclude: readonly string[]): TrieNode | null {
    if (!this.grammar || exclude.length === 0) return this.grammar?.root ?? null
    const key = JSON.stringify(exclude)
    let trie = this.#tries.get(key)
    if (!trie) this.#tries.set(key, (trie = this.grammar.without(exclude)))
    return trie.root
  }

  #choice({ ids, text, finishReason, logProb }: GeneratedReply): Choice {
    const completionTokens = ids.length + (finishReason === 'stop' ? 1 : 0)
    return { text: text ?? this.tokenizer.decode(ids), finishReason, completionTokens, logProb }
  }
}

/**
 * Opens a Hugging Face model folder (see models/lm/hf-folder.ts) for generation.
 *
 * @throws AttuneError as `loadModelFolder` and {@link LocalModel.create}
 */
export async function openLocalModel(
  folder: string,
  { replies, id = folder }: LocalModelOptions = {},
): Promise<LocalModel> {
  return LocalModel.create(await loadModelFolder(folder), { id, ...(replies ? { replies } : {}) })
}
