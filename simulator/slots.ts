import type { Wants } from '../configs/persona.js'
import type { WishedSlot } from './user-agent.js'

/** A window whose receptive time is shorter than this many minutes yields no slot. */
const LEAST_SLOT_MINUTES = 20

/**
 * Lays the wished pace or windows over the receptive minutes of a day (ascending): each slot is a stretch in which
 * one good recommendation is wanted. At a pace, a slot holds `everyMinutes` of receptive time (a remainder of at
 * least half counts); by windows, the receptive time of each is cut into `count` equal parts.
 */
export function wishedSlots(frequency: Wants['frequency'], receptive: readonly number[]): WishedSlot[] {
  if (frequency.by === 'pace') {
    const slots: WishedSlot[] = []
    for (
      let i = 0;
      i < receptive.length && slots.length < frequency.mostPerDay;
      i += frequency.everyMinutes
    ) {
      const minutes = receptive.slice(i, i + frequency.everyMinutes)
      if (minutes.length >= frequency.everyMinutes / 2) slots.push(slotOver(minutes))
    }
    return slots
  }
  return frequency.windows.flatMap(({ span, count }) => {
    const inside = receptive.filter((minute) => minute >= span.from && minute < span.to)
    const parts = Math.min(count, Math.floor(inside.length / LEAST_SLOT_MINUTES))
    return Array.from({ length: parts }, (_, k) =>
      slotOver(
        inside.slice(Math.round((k * inside.length) / parts), Math.round(((k + 1) * inside.length) / parts)),
      ),
    )
  })
}

function slotOver(minutes: readonly number[]): WishedSlot {
  return {
    start: minutes[0]!,
    end: minutes.at(-1)! + 1,
    overdueFrom: minutes[Math.floor(minutes.length / 2)]!,
  }
}
