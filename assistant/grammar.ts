import { type Catalogue, catalogueSentences } from '../configs/catalogue.js'
import type { AssistantConfig } from '../configs/schema.js'
import { NO_RECOMMENDATION } from '../datasets/schema.js'

/** The only replies an assistant may give under its grammar; null: any text. */
export function allowedReplies({ grammar }: AssistantConfig, catalogue: Catalogue): readonly string[] | null {
  return grammar === 'catalogue' ? [...catalogueSentences(catalogue).keys(), NO_RECOMMENDATION] : null
}
