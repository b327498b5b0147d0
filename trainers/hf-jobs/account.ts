import { z } from 'zod'
import { AttuneError } from '../../common/error.js'

const grants = z.object({
  entity: z.object({ name: z.string().nullish() }).nullish(),
  permissions: z.array(z.string()).default([]),
})

/** What `GET /api/whoami-v2` tells, as far as it matters here. */
export const whoamiAnswer = z.object({
  name: z.string().min(1),
  canPay: z.boolean().nullish(),
  orgs: z.array(z.object({ name: z.string(), canPay: z.boolean().nullish() })).default([]),
  auth: z
    .object({
      expiresAt: z.string().nullish(),
      accessToken: z
        .object({
          role: z.string(),
          fineGrained: z
            .object({
              global: z.array(z.string()).default([]),
              scoped: z.array(grants).default([]),
            })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
})
export type Whoami = z.infer<typeof whoamiAnswer>

/** Scopes of a fine-grained token that a night needs for the account. */
const NEEDED = ['repo.write', 'job.write']

export interface AccountFindings {
  account: string
  problems: AttuneError[]
  notes: string[]
}

/**
 * Whose account the jobs run on, and what a token lacks to run them.
 * @param account as configured; null: the token's own
 * @param until time in milliseconds at which the token is still needed: a job pushes its adapter at its end
 */
export function checkAccount(whoami: Whoami, account: string | null, until: number): AccountFindings {
  const owner = [whoami, ...whoami.orgs].find(({ name }) => name === (account ?? whoami.name))
  if (!owner)
    return {
      account: account ?? whoami.name,
      problems: [
        denied(
          `the token is of ${whoami.name}, which is not in ${account}`,
          'Correct trainer.hosted.account, or use a token of that organisation.',
        ),
      ],
      notes: [],
    }
  const notes =
    owner.canPay === false
      ? [`${owner.name} has no means of payment: jobs need credits, and are refused without`]
      : []
  return {
    account: owner.name,
    problems: [...expired(whoami, until), ...unscoped(whoami, owner.name)],
    notes,
  }
}

function expired({ auth }: Whoami, until: number): AttuneError[] {
  const end = auth?.expiresAt == null ? Number.NaN : Date.parse(auth.expiresAt)
  if (Number.isNaN(end) || end > until) return []
  return [
    denied(
      `the token expires at ${auth?.expiresAt}, before the longest job could push what it trained`,
      'Make a token that lasts longer, or lower trainer.hosted.timeoutMinutes.',
    ),
  ]
}

function unscoped({ auth }: Whoami, account: string): AttuneError[] {
  const token = auth?.accessToken
  if (token?.role === 'read')
    return [denied('the token may only read', 'Make a token with the role `write`, or a fine-grained one.')]
  if (token?.role !== 'fineGrained' || !token.fineGrained) return []
  const { global, scoped } = token.fineGrained
  const own = scoped
    .filter(({ entity }) => entity?.name === account)
    .flatMap(({ permissions }) => permissions)
  const missing = NEEDED.filter((scope) => !own.includes(scope) && !global.includes(scope))
  if (missing.length === 0) return []
  return [
    denied(
      `the token may not do ${missing.join(' and ')} for ${account}`,
      'Add these permissions to the token, for this account, at https://huggingface.co/settings/tokens.',
    ),
  ]
}

const denied = (message: string, hint: string): AttuneError =>
  new AttuneError('TRAINER_DENIED', 'trainer', `hf-jobs: ${message}`, { hint })
