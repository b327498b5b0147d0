import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Graph, int } from '../../../models/lm/onnx/graph.js'

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'tea', 'coffee', 'walk', 'dimensions']

/** Vectors of the words: tea and coffee are near, a walk is far from both. */
export const VECTORS: Readonly<Record<string, readonly number[]>> = {
  tea: [1, 0, 0, 0],
  coffee: [0.8, 0.6, 0, 0],
  walk: [0, 0, 1, 0],
}

/**
 * Writes a model folder for transformers.js: BERT by its configuration, whose only layer looks up a vector for each
 * word. `[CLS]` and `[SEP]` count as zeros.
 */
export function writeTinyBert(folder: string): void {
  const json = (name: string, value: object): void => writeFileSync(join(folder, name), JSON.stringify(value))
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  json('config.json', {
    model_type: 'bert',
    architectures: ['BertModel'],
    hidden_size: 4,
    vocab_size: WORDS.length,
  })
  json('tokenizer_config.json', {
    tokenizer_class: 'BertTokenizer',
    model_max_length: 16,
    pad_token: '[PAD]',
  })
  json('tokenizer.json', {
    version: '1.0',
    added_tokens: WORDS.slice(0, 4).map((content, id) => ({ id, content, special: true })),
    normalizer: { type: 'BertNormalizer', lowercase: true, clean_text: true, handle_chinese_chars: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [WORDS.indexOf(id)], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece' },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
    },
  })
  const graph = new Graph()
  const ids = graph.input('input_ids', 'int64', ['batch', 'tokens'])
  const table = graph.floats(
    WORDS.flatMap((word) => [...(VECTORS[word] ?? [0, 0, 0, 0])]),
    [WORDS.length, 4],
  )
  const vectors = graph.node('Gather', [table, ids], { axis: int(0) })
  writeFileSync(
    join(folder, 'onnx', 'model.onnx'),
    graph.toBytes([graph.rename(vectors, 'last_hidden_state')]),
  )
}
