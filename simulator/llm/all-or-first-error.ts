/** All values, or the first error once nothing is under way any more: calls that are paid for have been answered. */
export async function allOrFirstError<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(calls)
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
