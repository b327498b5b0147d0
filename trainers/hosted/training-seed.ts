/** Seed of a job, 0..2^31-1, from its key: the same job asks for the same shuffle and initialisation. */
export const trainingSeed = (key: string): number => Number.parseInt(key.slice(0, 8), 16) & 0x7fff_ffff
