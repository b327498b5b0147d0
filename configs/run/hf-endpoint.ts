import { z } from 'zod'
import { positive } from './numbers.js'

const name = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits, dot, dash and underscore')

/** A Hugging Face Inference Endpoint that is moved from checkpoint to checkpoint. */
export const hfEndpoint = z
  .strictObject({
    namespace: name.describe('Account or organisation of the endpoint.'),
    name: name.describe('Name of the endpoint.'),
    repository: z
      .string()
      .regex(/^[\w.-]+\/[\w.-]+$/, 'owner/name')
      .nullable()
      .default(null)
      .describe('Private model repository for the checkpoints; null: `<namespace>/attune-<name>`.'),
    revision: z
      .string()
      .regex(/^[0-9a-f]{40}$/, 'a commit, 40 hex digits')
      .nullable()
      .default(null)
      .describe('Commit of `model` on the first day; null: that at which it stands, or the latest.'),
    pollSeconds: positive.default(10).describe('Time between two looks at an endpoint that is changing.'),
    timeoutMinutes: positive.default(60).describe('Longest wait until it runs.'),
    api: z
      .url({ protocol: /^https?$/ })
      .default('https://api.endpoints.huggingface.cloud/v2')
      .describe('Where endpoints are managed.'),
    hub: z
      .url({ protocol: /^https?$/ })
      .default('https://huggingface.co')
      .describe('Where repositories are.'),
  })
  .describe('The Inference Endpoint behind `url`, for `adapters: hf-endpoint`.')
