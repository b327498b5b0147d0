import { AttuneError } from '../../common/error.js'
import { keyOf } from '../problems.js'
import type { Path } from '../schema-node.js'
import { CRITERION_NAMES, FIELD_NAMES, nearestOf, sortKeys } from './field-names.js'
import { parseBigFive } from './parse-big-five.js'
import { slug } from './persona-id.js'
import { isRecord, type Source } from './read-source.js'
import { splitItems, tidy } from './split-items.js'

type Field = keyof typeof FIELD_NAMES
const FIELDS = Object.keys(FIELD_NAMES) as Field[]
/** Taken over as they are: only our own files have them. */
const OURS = ['id', 'wants', 'routine'] as const

const EXPECTED: Record<Field, string> = {
  name: 'text',
  age: 'a whole number',
  background: 'text',
  bigFive: 'the Big Five, e.g. "High in Extraversion, Low in ..."',
  interests: 'a list, or text "1) ... 2) ..."',
  lifestyle: 'text',
  dailyRequirements: 'a list, or text "1) ... 2) ..."',
  goals: 'a list, or text',
  livingArea: 'text',
  rubric: `a mapping of ${Object.keys(CRITERION_NAMES).join(', ')}`,
}

/** Reads the fields of one mapping under whatever known names they have, and tells each one that cannot be read. */
export class FieldReader {
  readonly problems: AttuneError[] = []
  /** Our fields about which a problem was told already. */
  readonly unread: string[] = []
  readonly ignored: string[]
  /** Where our fields stand in the source. */
  readonly #written = new Map<string, Path>()
  readonly #keys

  constructor(private readonly source: Source) {
    const filled = Object.keys(source.value).filter((key) => !isEmpty(source.value[key]))
    const others = filled.filter((key) => !OURS.some((ours) => ours === key))
    this.#keys = sortKeys(others, FIELD_NAMES)
    this.ignored = [...this.#keys.unknown]
  }

  /** What could be read, by our names and in our forms; its values are not checked yet. */
  read(): Record<string, unknown> {
    const { id, wants, routine } = this.source.value
    const fields = FIELDS.map((field) => [field, this.#field(field)] as const)
    const ours = {
      id: typeof id === 'string' || typeof id === 'number' ? slug(String(id)) : id,
      wants,
      routine,
    }
    const entries = [...fields, ...Object.entries(ours)].filter(([, found]) => !isEmpty(found))
    return Object.fromEntries(entries)
  }

  /** A problem at a path of ours, told at the key of the source. */
  problem(code: string, path: Path, message: string, hint?: string): AttuneError {
    const written = this.#writtenPath(path)
    const line = this.source.lineOf(written)
    return new AttuneError(code, 'data', message, {
      file: this.source.file,
      key: keyOf(written),
      ...(line !== undefined && { line }),
      ...(hint !== undefined && { hint }),
    })
  }

  #field(field: Field): unknown {
    if (field === 'name') return this.#name()
    const value = this.#only(field, this.#keys.known.get(field) ?? [], FIELD_NAMES[field], this.#keys.unknown)
    if (value === undefined) return undefined
    switch (field) {
      case 'age':
        return typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value
      case 'bigFive':
        return this.#bigFive(value)
      case 'rubric':
        return this.#rubric(value)
      case 'interests':
      case 'dailyRequirements':
      case 'goals':
        return asItems(value)
      default:
        return asText(value)
    }
  }

  /** The one value of a field; tells it when there is none, or when there are two. */
  #only(
    field: Field,
    keys: readonly string[],
    names: readonly string[],
    unknown: readonly string[],
  ): unknown {
    const [key, other] = keys
    if (key === undefined) {
      const near = nearestOf([field, ...names], unknown)
      const hint = near ? `Is \`${near}\` meant? Name it \`${names[0]!}\`.` : namesHint(field, names)
      const message = `missing, expected ${EXPECTED[field]}`
      this.problems.push(this.problem('PERSONA_IMPORT_FIELD_MISSING', [field], message, hint))
      this.unread.push(field)
      return undefined
    }
    this.#written.set(field, [key])
    if (other !== undefined) {
      const message = `\`${key}\` and \`${other}\` both say it`
      this.problems.push(this.problem('PERSONA_IMPORT_FIELD_TWICE', [field], message, 'Keep one of the two.'))
    }
    return this.source.value[key]
  }

  /** `name`, else first and last name as scratch.json has them. */
  #name(): unknown {
    const { value } = this.source
    const parts = ['first_name', 'last_name'].filter((key) => typeof value[key] === 'string')
    this.ignored.splice(0, this.ignored.length, ...this.ignored.filter((key) => !parts.includes(key)))
    const known = this.#keys.known.get('name') ?? []
    if (known.length === 0 && parts.length > 0) {
      this.#written.set('name', [parts[0]!])
      return tidy(parts.map((key) => value[key] as string).join(' '))
    }
    return asText(this.#only('name', known, FIELD_NAMES.name, this.#keys.unknown))
  }

  #bigFive(value: unknown): unknown {
    const { bigFive, problems } = parseBigFive(value)
    if (bigFive !== null) return bigFive
    this.unread.push('bigFive')
    for (const { message, hint } of problems)
      this.problems.push(this.problem('PERSONA_IMPORT_VALUE', ['bigFive'], message, hint))
    return undefined
  }

  #rubric(value: unknown): unknown {
    if (!isRecord(value)) return value
    const keys = Object.keys(value).filter((key) => !isEmpty(value[key]))
    const { known, unknown } = sortKeys(keys, CRITERION_NAMES)
    const [rubricKey] = this.#written.get('rubric')!
    this.ignored.push(...unknown.map((key) => `${rubricKey}.${key}`))
    const paragraphs = Object.entries(CRITERION_NAMES).map(([criterion, names]) => {
      const [key, other] = known.get(criterion) ?? []
      const path = ['rubric', criterion]
      if (key === undefined) {
        const near = nearestOf([criterion, ...names], unknown)
        const hint = near ? `Is \`${near}\` meant? Name it \`${names[0]}\`.` : namesHint(criterion, names)
        const message = 'missing, expected a paragraph in the first person'
        this.problems.push(this.problem('PERSONA_IMPORT_FIELD_MISSING', path, message, hint))
        return [criterion, 'missing'] as const
      }
      this.#written.set(`rubric.${criterion}`, [rubricKey!, key])
      if (other !== undefined) {
        const message = `\`${key}\` and \`${other}\` both say it`
        this.problems.push(this.problem('PERSONA_IMPORT_FIELD_TWICE', path, message, 'Keep one of the two.'))
      }
      return [criterion, asText(value[key])] as const
    })
    return Object.fromEntries(paragraphs)
  }

  #writtenPath(path: Path): Path {
    const [first, second, ...rest] = path
    const inner = this.#written.get(`${String(first)}.${String(second)}`)
    if (inner) return [...inner, ...rest]
    const outer = this.#written.get(String(first))
    return outer ? [...outer, ...path.slice(1)] : path
  }
}

const namesHint = (name: string, names: readonly string[]): string =>
  `It may be called ${[...new Set([name, ...names])].map((each) => `\`${each}\``).join(', ')}.`

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true
  return typeof value === 'string' || Array.isArray(value) ? value.length === 0 : false
}

/** Texts are put into one line; what is no text stays as it is, for the schema to refuse. */
function asText(value: unknown): unknown {
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return tidy(value.join(' '))
  return typeof value === 'string' ? tidy(value) : value
}

function asItems(value: unknown): unknown {
  if (typeof value === 'string') return splitItems(value)
  return Array.isArray(value) ? value.map((item) => (typeof item === 'string' ? tidy(item) : item)) : value
}
