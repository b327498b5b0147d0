/** Exits with 1 and names each import that goes against the directions of scripts/room-rules.ts. */
import { fileURLToPath } from 'node:url'
import { roomProblems } from './room-rules.js'

const problems = roomProblems(fileURLToPath(new URL('../', import.meta.url)))
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
