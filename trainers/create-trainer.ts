import type { TrainerConfig } from '../configs/schema.js'
import { baseFolder } from '../models/base-folder.js'
import type { Tokenizer } from '../models/lm/tokenizer.js'
import { ReplyTrie } from '../models/lm/trie.js'
import { AutoTrainService } from './autotrain/autotrain-service.js'
import { EmbeddedTrainer } from './embedded/embedded-trainer.js'
import { FireworksService } from './fireworks/fireworks-service.js'
import { HfJobsService } from './hf-jobs/hf-jobs-service.js'
import { HostedTrainer } from './hosted/hosted-trainer.js'
import { OpenAiService } from './openai/openai-service.js'
import { TogetherService } from './together/together-service.js'
import type { Trainer } from './trainer.js'
import { TrlTrainer } from './trl/trl-trainer.js'

/** What `HostedTrainer` puts together; a backend without its service does not compile. */
const SERVICES = {
  autotrain: AutoTrainService,
  fireworks: FireworksService,
  'hf-jobs': HfJobsService,
  openai: OpenAiService,
  together: TogetherService,
} as const

/**
 * The backend that a configuration names; null for `none`.
 * @param replies the only replies an assistant may give, for the continuation mask; null: any text
 * @throws AttuneError TRAINER_KEY_MISSING for a service whose key is not in the environment
 */
export async function createTrainer(
  config: TrainerConfig,
  replies: readonly string[] | null,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Trainer | null> {
  const { backend } = config
  if (backend === 'none') return null
  if (backend === 'embedded')
    return new EmbeddedTrainer({ resolveBase: baseFolder, replies: triesOnce(replies) })
  if (backend === 'trl') return new TrlTrainer()
  return new HostedTrainer(new SERVICES[backend](config, env), config.hosted)
}

/** The trie of the replies under a base's tokenizer, made once for each base. */
function triesOnce(
  replies: readonly string[] | null,
): (tokenizer: Tokenizer, base: string) => ReplyTrie | null {
  const tries = new Map<string, ReplyTrie>()
  return (tokenizer, base) => {
    if (!replies) return null
    let trie = tries.get(base)
    if (!trie) tries.set(base, (trie = ReplyTrie.of(replies, tokenizer)))
    return trie
  }
}
