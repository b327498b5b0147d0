import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { ioError } from '../../common/files.js'
import type { TrainingLog } from '../trainer.js'

const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('start'), steps: z.int().min(0), versions: z.record(z.string(), z.string()) }),
  z.object({ event: z.literal('log'), step: z.int() }).catchall(z.number()),
  z.object({ event: z.literal('done'), versions: z.record(z.string(), z.string()) }),
  z.object({ event: z.literal('failed'), code: z.string(), message: z.string() }),
])

/** What the script has told so far. */
export interface Told {
  /** Optimiser steps planned; null before training begins. */
  steps: number | null
  log: TrainingLog[]
  /** Versions of its libraries once it is done. */
  done: Record<string, string> | null
  failed: { code: string; message: string } | null
}

/** Reads the script's output; other lines, e.g. a greeting of ssh, and a line not yet whole are passed over. */
export function readEvents(file: string): Told {
  const told: Told = { steps: null, log: [], done: null, failed: null }
  if (!existsSync(file)) return told
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw ioError('read', file, cause)
  }
  for (const line of text.split('\n')) {
    const found = event.safeParse(parsed(line)).data
    if (found?.event === 'start') told.steps = found.steps
    else if (found?.event === 'done') told.done = found.versions
    else if (found?.event === 'failed') told.failed = found
    else if (found) {
      const { event: _, ...row } = found
      told.log.push(row)
    }
  }
  return told
}

function parsed(line: string): unknown {
  if (!line.startsWith('{')) return null
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
