import { z } from 'zod'

export const fraction = z.number().min(0).max(1)
export const count = z.int().min(0)
export const positive = z.number().gt(0)
