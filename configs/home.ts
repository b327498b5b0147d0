import { z } from 'zod'

/** Groups of activities that preferences and corpus speak of. */
export const ACTIVITY_CLASSES = [
  'care',
  'meal',
  'work',
  'focus',
  'chores',
  'fitness',
  'leisure',
  'rest',
  'social',
  'bedtime',
  'transit',
] as const
export type ActivityClass = (typeof ACTIVITY_CLASSES)[number]

const activity = z.strictObject({
  room: z.string().describe('Where it happens, a key of `rooms`.'),
  class: z.enum(ACTIVITY_CLASSES).describe('Group of the activity.'),
  busy: z.number().min(0).max(1).describe('How little attention is left, 0..1.'),
  energy: z.number().min(-1).max(1).describe('Push on the inner energy per hour.'),
  actions: z.array(z.string()).min(1).describe('What it looks like at one moment.'),
})

/** `configs/world/home.yaml`: rooms with their things, and the activities done in them. */
export const homeSchema = z.strictObject({
  rooms: z.record(z.string(), z.array(z.string()).min(1)).describe('Rooms and the things in them.'),
  activities: z.record(z.string(), activity).describe('Everything that can be done at home.'),
})

export type Home = z.output<typeof homeSchema>
export type Activity = z.output<typeof activity>

/** Activity of the minutes between two rooms. */
export const WALKING = 'walking'
