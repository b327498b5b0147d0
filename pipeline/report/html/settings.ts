import { resolveArm } from '../../../configs/resolve-arm.js'
import { runSchema } from '../../../configs/schema.js'
import { departuresOf } from '../departures.js'
import type { ReportDocument } from '../document.js'
import { mainArm } from '../verdict.js'
import { cost } from './cost.js'
import { markup, type Markup, table } from './markup.js'

/** How the run was made: departures from the paper, what the other arms change, cost, how to repeat it. */
export function settings(document: ReportDocument): Markup {
  return markup`${departures(document)}${cost(document)}${reproduce(document)}`
}

function departures(document: ReportDocument): Markup {
  const config = runSchema.parse(document.config)
  const arm = mainArm(document)
  const isArm = arm !== null && arm.kind !== 'reference'
  const rows = departuresOf(isArm ? resolveArm(config, arm.name) : config).map(
    ({ key, paper, here, why }) => [key, paper, here, markup`<p>${why}</p>`],
  )
  const overrides = Object.entries(config.arms).map(([name, keys]) => [
    name,
    markup`<p>
      ${
        Object.entries(keys)
          .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
          .join(', ') || 'as configured'
      }
    </p>`,
  ])
  return markup`<h2>Where this run departs from the paper</h2>
    <p class="note">
      ${isArm ? `Arm “${arm.name}”` : 'The configuration'} beside the settings of arXiv 2509.21730.
    </p>
    ${rows.length === 0 ? markup`<p>Nowhere.</p>` : table(['setting', 'paper', 'here', 'why one would'], rows)}
    ${overrides.length > 1 ? table(['arm', 'what it changes'], overrides) : ''}`
}

function reproduce({ run, seed, configHash, base, versions, config }: ReportDocument): Markup {
  const made = [
    `configuration ${configHash ?? 'without hash'}`,
    ...(base === null ? [] : [`base model ${base}`]),
    ...Object.entries(versions).map(([name, version]) => `${name} ${version}`),
  ]
  return markup`<h2>How to repeat it</h2>
    <pre>attune run ${run}.yaml   # seed ${seed}, same versions: same files</pre>
    <p class="note">${made.join(' · ')}</p>
    <details>
      <summary>${run}.yaml (JSON is YAML)</summary>
      <pre>${JSON.stringify(config, null, 2)}</pre>
    </details>`
}
