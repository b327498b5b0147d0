import { z } from 'zod'

/** What `GET /api/jobs/hardware` lists. */
export const hardwareAnswer = z.array(
  z.object({
    name: z.string(),
    accelerator: z.object({ type: z.string() }).nullish(),
    unitCostUSD: z.number(),
    unitLabel: z.string(),
  }),
)
export type Hardware = z.infer<typeof hardwareAnswer>[number]

const UNITS_AN_HOUR: Readonly<Record<string, number>> = { second: 3600, minute: 60, hour: 1 }

/** Taken where nothing is configured, if it is there: the smallest GPU with 24 GB and bf16. */
const USUAL = 'a10g-small'

/** Price of an hour; null when the unit is not known. */
export function usdPerHour({ unitCostUSD, unitLabel }: Hardware): number | null {
  const units = UNITS_AN_HOUR[unitLabel]
  return units === undefined ? null : unitCostUSD * units
}

/** The hardware of this name; without one the usual GPU, or else the cheapest. Null when there is none. */
export function chooseHardware(list: readonly Hardware[], wanted: string | null): Hardware | null {
  if (wanted !== null) return list.find(({ name }) => name === wanted) ?? null
  const gpus = list.filter(({ accelerator }) => accelerator?.type === 'gpu')
  const price = (one: Hardware): number => usdPerHour(one) ?? Infinity
  return gpus.find(({ name }) => name === USUAL) ?? gpus.toSorted((a, b) => price(a) - price(b))[0] ?? null
}
