/** The finite numbers of an object that a service wrote, with some names replaced by TRL's. */
export function numbersOf(
  row: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>> = {},
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]): [string, number][] =>
      typeof value === 'number' && Number.isFinite(value) ? [[names[name] ?? name, value]] : [],
    ),
  )
}
