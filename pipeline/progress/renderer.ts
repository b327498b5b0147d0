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
/** Lines of personas under way; more are counted. */
const MOST_LINES = 8
/** A log tells that work goes on at least this often: with models behind endpoints a day can take hours. */
const STILL_MS = 60_000

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
    const lived = days + partOf(active.values())
    const share = totalDays === 0 ? 1 : lived / totalDays
    const seconds = (Date.now() - started) / 1000
    const left = days > found ? ` ${clock((seconds / (lived - found)) * (totalDays - lived))} left` : ''
    const filled = Math.round(share * BAR)
    const bar = '#'.repeat(filled) + '-'.repeat(BAR - filled)
    const lines = [...active.values()]
      .slice(0, MOST_LINES)
      .map(
        ({ arm, persona, day, stage, done, of, state }) =>
          `  ${arm} / ${persona}  day ${day}  ${stage}${state ? ` (${state})` : of > 1 ? ` ${Math.floor((100 * done) / of)} %` : ''}`,
      )
    update(
      [
        `[${bar}] ${days}/${totalDays} persona-days  ${tasksDone}/${tasks} tasks  ${clock(seconds)}${left}`,
        ...(last ? [`  last: ${last}`] : []),
        ...lines,
        ...(active.size > MOST_LINES ? [`  and ${active.size - MOST_LINES} more`] : []),
      ].join('\n'),
    )
  }
  const timer = setInterval(draw, FRAME_MS)
  return {
    emit: (event) => {
      const key = `${event.arm}/${event.persona}`
      if (event.type === 'stage') active.set(key, event)
      if (event.type === 'note') update.persist(noteLine(event))
      if (event.type === 'day-done') {
        days++
        active.delete(key)
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

/** Progress in a log: a plain line for each day that is sealed, and one a minute while none is. */
export function plainRenderer({ stream, totalDays }: RendererOptions): Renderer {
  const active = new Map<string, ProgressEvent & { type: 'stage' }>()
  let days = 0
  const still = (): void => {
    const share = (100 * (days + partOf(active.values()))) / totalDays
    stream.write(
      `${days}/${totalDays} ${active.size} under way, ${share.toFixed(1)} % of all persona-days lived\n`,
    )
  }
  const timer = setInterval(still, STILL_MS)
  return {
    emit: (event) => {
      const key = `${event.arm}/${event.persona}`
      if (event.type === 'note') stream.write(`${noteLine(event)}\n`)
      else if (event.type === 'stage') active.set(key, event)
      else active.delete(key)
      if (event.type === 'day-found') days++
      if (event.type === 'day-done') {
        stream.write(`${++days}/${totalDays} ${dayLine(event)}\n`)
        timer.refresh()
      }
    },
    stop: () => clearInterval(timer),
  }
}

function noteLine({ arm, persona, day, note }: ProgressEvent & { type: 'note' }): string {
  return `${arm} / ${persona} day ${day}: ${note}`
}

/** Days under way, as parts of days. */
function partOf(stages: Iterable<ProgressEvent & { type: 'stage' }>): number {
  return [...stages].reduce(
    (sum, { stage, done, of }) => sum + (stage === 'live' && of > 0 ? done / of : 0),
    0,
  )
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
