import {
  type Catalogue,
  type Mark,
  type Meaning,
  type Tone,
  TONES,
  catalogueSentences,
} from '../configs/catalogue.js'
import { NearestKind } from './nearest-kind.js'

/** A recommendation as the user understands it. */
export interface Understood extends Meaning {
  text: string
}

const VERBS =
  'try|consider|take|go|do|make|start|stop|put|get|call|write|read|drink|eat|watch|listen|sit|check|give|have|send|' +
  'invite|remember|learn|clean|play|look|open|turn|stretch|stand|cook|don.t|let'
const ORDER = new RegExp(`^(please )?(${VERBS})\\b`, 'i')
const URGENCY = /\b(now|immediately|right away|hurry|quickly|be quick|at once|asap)\b/i

/**
 * Understands what is said: a sentence of the catalogue by looking it up, free text by the nearest content in the
 * embedding, its tone by marker words, its form by punctuation and verbs.
 */
export class Understanding {
  readonly #sentences: Map<string, Meaning>
  #nearest: NearestKind | null = null

  constructor(private readonly catalogue: Catalogue) {
    this.#sentences = catalogueSentences(catalogue)
  }

  understand(text: string): Understood {
    const known = this.#sentences.get(text)
    if (known) return { text, ...known }
    this.#nearest ??= new NearestKind(this.catalogue)
    return { text, ...this.#nearest.of(text), tone: this.#tone(text), marks: marksOf(text) }
  }

  /** The tone with most markers; plain words are brief. */
  #tone(text: string): Tone {
    const words = ` ${(text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []).join(' ')} `
    const hits = (tone: Tone): number =>
      this.catalogue.markers[tone].filter((marker) => words.includes(` ${marker} `)).length
    const best = TONES.reduce((a, b) => (hits(b) > hits(a) ? b : a))
    return hits(best) > 0 ? best : 'brief'
  }
}

function marksOf(text: string): Mark[] {
  const marks: Mark[] = []
  if (text.includes('?')) marks.push('question')
  if (text.includes('!')) marks.push('exclamation')
  if (ORDER.test(text)) marks.push('order')
  if (URGENCY.test(text)) marks.push('urgency')
  return marks
}
