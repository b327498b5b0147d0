import { createLogUpdate } from 'log-update'
import type { Emit, ProgressEvent } from './events.js'

export interface Renderer {
  emit: Emit
  /** Clears what moves, leaves what stays. */
  stop(): void
}

export interface RendererOptions {
  stream: NodeJS.WriteStream
  /** Persona-days of all arms: the whole of the bar. */
  totalDays: number
  tasks: number
}

const FRAME_MS = 100
const BAR = 30

/** Progress on a terminal: one bar for all, one line for each persona being lived right now. */
export function terminalRenderer({ stream, totalDays, tasks }: RendererOptions): Renderer {
  const update = createLogUpdate(stream)
  const active = new Map<string, ProgressEvent & { type: 'stage' }>()
  const started = Date.now()
  let days = 0
  let found = 0
  let tasksDone = 0
  let last: string | null = null
  const draw = (): void => {
    const share = totalDays === 0 ? 1 : days / totalDays
    const seconds = (Date.now() - started) / 1000
    const left = days > found ? ` ${clock((seconds / (days - found)) * (totalDays - days))} left` : ''
    const filled = Math.round(share * BAR)
    const bar = '#'.repeat(filled) + '-'.repeat(BAR - filled)
    const lines = [...active.values()]
      .slice(0, 8)
      .map(
        ({ arm, persona, day, stage, done, of }) =>
          `  ${arm} / ${persona}  day ${day}  ${stage}${of > 1 ? ` ${Math.floor((100 * done) / of)} %` : ''}`,
      )
    update(
      [
        `[${bar}] ${days}/${totalDays} persona-days  ${tasksDone}/${tasks} tasks  ${clock(seconds)}${left}`,
        ...(last ? [`  last: ${last}`] : []),
        ...lines,
      ].join('\n'),
    )
  }
  const timer = setInterval(draw, FRAME_MS)
  return {
    emit: (event) => {
      const key = `${event.arm}/${event.persona}`
      if (event.type === 'stage') active.set(key, event)
      if (event.type === 'day-done') {
        days++
        last = dayLine(event)
      }
      if (event.type === 'day-found') {
        days++
        found++
      }
      if (event.type === 'task-done') {
        active.delete(key)
        tasksDone++
      }
    },
    stop: () => {
      clearInterval(timer)
      update.clear()
    },
  }
}

/** Progress in a log: a plain line for each day that is sealed. */
export function plainRenderer({ stream, totalDays }: RendererOptions): Renderer {
  let days = 0
  return {
    emit: (event) => {
      if (event.type === 'day-found') days++
      if (event.type === 'day-done') stream.write(`${++days}/${totalDays} ${dayLine(event)}\n`)
    },
    stop: () => {},
  }
}

function dayLine({
  arm,
  persona,
  day,
  mean,
  delivered,
  perHour,
}: ProgressEvent & { type: 'day-done' }): string {
  const said = delivered === null ? 'nothing delivered' : `delivered ${delivered.toFixed(2)}`
  return `${arm} / ${persona} day ${day}: mean ${mean.toFixed(2)}, ${said}, ${perHour.toFixed(2)} an hour`
}

function clock(seconds: number): string {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
