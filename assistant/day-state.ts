import type { Moment } from '../datasets/schema.js'

/** What the assistant knows of its own deliveries today. */
export interface DeliveryState {
  /** Minutes since the last delivery; null if there was none today. */
  sinceDelivery: number | null
  lastHour: number
  today: number
}

/** Keeps count of the day's deliveries. */
export class DayState {
  #minutes: number[] = []

  startDay(): void {
    this.#minutes = []
  }

  delivered(moment: Moment): void {
    this.#minutes.push(moment.minute)
  }

  at(minute: number): DeliveryState {
    const last = this.#minutes.at(-1)
    return {
      sinceDelivery: last === undefined ? null : minute - last,
      lastHour: this.#minutes.filter((at) => minute - at < 60).length,
      today: this.#minutes.length,
    }
  }
}
