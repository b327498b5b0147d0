import { AttuneError } from '../common/error.js'
import type { ChatModel, GenerateOptions, GenerateReply, GenerateRequest } from './chat-model.js'

/** What a scripted model says: texts one after the other, or the text of reply `i` of a request. */
export type Script = readonly string[] | ((request: GenerateRequest, i: number) => string | Promise<string>)

const wordsIn = (text: string): number => text.split(/\s+/).filter(Boolean).length

/** A model that says what it is told to, for tests and dry runs. Tokens are counted as words. */
export class ScriptedModel implements ChatModel {
  /** Every request seen, in order. */
  readonly requests: GenerateRequest[] = []
  #said = 0

  constructor(
    private readonly script: Script,
    readonly id = 'scripted',
  ) {}

  /**
   * @throws AttuneError SCRIPT_EXHAUSTED (kind `model`) after the last text of a list, SCRIPT_EXCLUDED when a text is one
   * that the request excludes; whatever a script function throws
   */
  async generate(
    requests: readonly GenerateRequest[],
    { signal }: GenerateOptions = {},
  ): Promise<GenerateReply[]> {
    const replies: GenerateReply[] = []
    for (const request of requests) {
      this.requests.push(request)
      const choices: GenerateReply['choices'] = []
      for (let i = 0; i < request.n; i++) {
        signal?.throwIfAborted()
        const text = await this.#say(request, i)
        if (request.exclude?.includes(text)) {
          throw new AttuneError(
            'SCRIPT_EXCLUDED',
            'model',
            `the script says "${text}", which the request excludes`,
            {
              hint: 'Let the script look at `exclude` of the request.',
            },
          )
        }
        choices.push({ text, finishReason: 'stop', completionTokens: wordsIn(text) })
      }
      const promptTokens = request.messages.reduce((sum, { content }) => sum + wordsIn(content), 0)
      replies.push({ choices, promptTokens })
    }
    return replies
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #say(request: GenerateRequest, i: number): Promise<string> {
    if (typeof this.script === 'function') return this.script(request, i)
    const text = this.script[this.#said++]
    if (text !== undefined) return text
    throw new AttuneError(
      'SCRIPT_EXHAUSTED',
      'model',
      `the script of ${this.script.length} texts is at its end`,
      {
        hint: 'Give more texts, or a function.',
      },
    )
  }
}
