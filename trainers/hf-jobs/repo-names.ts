import { canonicalJson } from '../../common/canonical-json.js'
import { sha256Hex } from '../../common/files.js'
import type { TrainingJob } from '../trainer.js'

export interface RepoNames {
  /** `account/name` of the private dataset. */
  dataset: string
  /** `account/name` of the private model repository. */
  model: string
  /** Label `name` of the jobs. */
  label: string
}

/**
 * Repositories of one persona under one set of training settings: each night is a commit of the dataset and a branch of
 * the model. One for each night would leave hundreds of them behind; one for a whole run would have personas that train
 * at once wait for each other's commits.
 */
export function repoNames(job: TrainingJob, account: string): RepoNames {
  const { trl: _, hosted: __, ...settings } = job.config
  const [seed = '', persona = ''] = job.address
  const hash = sha256Hex(canonicalJson({ base: job.base, seed, persona, settings })).slice(0, 8)
  // names of the Hub have letters, digits, dots and dashes, none of the latter doubled or at an end
  const slug = String(persona)
    .replaceAll(/[^a-zA-Z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40)
    .replace(/-$/, '')
  const name = slug === '' ? hash : `${slug}-${hash}`
  return {
    dataset: `${account}/attune-pairs-${name}`,
    model: `${account}/attune-${name}`,
    label: `attune-${name}`,
  }
}
