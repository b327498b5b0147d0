import { type Catalogue, catalogueSentences } from '../configs/catalogue.js'
import type { AssistantConfig } from '../configs/schema.js'
import { NO_RECOMMENDATION } from '../datasets/schema.js'

/** The only replies an assistant may give under its grammar; null: any text, as always under a chat prompt. */
export function allowedReplies(
  { grammar, prompt }: AssistantConfig,
  catalogue: Catalogue,
): readonly string[] | null {
  return grammar === 'catalogue' && prompt === 'compact'
    ? [...catalogueSentences(catalogue).keys(), NO_RECOMMENDATION]
    : null
}
