import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AttuneError } from '../../../common/error.js'
import { writeJsonAtomic } from '../../../common/files.js'
import { baseFolder } from '../../../models/base-folder.js'
import type { HubAccess } from '../../hub/ensure-repo.js'
import { pushFolder } from '../../hub/push-folder.js'
import { pushedFiles } from '../../hub/pushed-files.js'
import type { ServedAdapter } from '../adapter-server.js'
import type { EndpointTarget } from './endpoints-api.js'

const schema = z.object({
  name: z.string(),
  repository: z.string(),
  revision: z.string().regex(/^[0-9a-f]{40}$/),
})

/** Where it is noted, beside the checkpoint's folder. */
export const noteOf = (dir: string): string => join(dirname(dir), 'hf-endpoint.json')

/**
 * A checkpoint as a commit of a private repository of the Hub, whose `main` then holds it and nothing of others. What was
 * pushed is noted, and not pushed again.
 *
 * @param baseModel repository of the base, which an adapter is told to load
 * @throws AttuneError CHECKPOINT_NOT_SERVABLE, PUSH_NOT_CLEAN; as `pushFolder`
 */
export async function pushedCheckpoint(
  { name, dir, base, kind }: ServedAdapter,
  repository: string,
  baseModel: string,
  access: HubAccess,
): Promise<EndpointTarget> {
  const noted = await readNote(noteOf(dir))
  if (noted?.name === name && noted.repository === repository) return noted
  const tokenizer = [base, baseModel].map((each) => baseFolder(each)).find((folder) => existsSync(folder))
  const files = await pushedFiles({
    weights: dir,
    tokenizer: tokenizer ?? null,
    baseModel,
    forbidden: [access.accessToken, process.cwd(), `${homedir()}/`, dirname(dir)],
  })
  if (kind === 'full' && !files.some(({ path }) => path.startsWith('tokenizer'))) throw noTokenizer(dir)
  const { commit } = await pushFolder({
    ...access,
    repo: repository,
    type: 'model',
    files,
    replace: true,
    message: `attune checkpoint ${name.replace(/^attune-/, '')}`,
  })
  const pushed = { name, repository, revision: commit }
  await writeJsonAtomic(noteOf(dir), pushed)
  return pushed
}

/** Null where there is none that counts: then it is pushed again, which does no harm. */
async function readNote(file: string): Promise<z.infer<typeof schema> | null> {
  if (!existsSync(file)) return null
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    return null
  }
}

function noTokenizer(dir: string): AttuneError {
  const why = 'it has no tokenizer, and neither has a folder of its base on this machine'
  return new AttuneError(
    'CHECKPOINT_NOT_SERVABLE',
    'config',
    `no endpoint can load this checkpoint: ${why}`,
    {
      file: dir,
      hint: 'put the tokenizer files of the base into this folder, and run the same command again',
    },
  )
}
