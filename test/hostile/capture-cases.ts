import { Dice, diceFor } from './dice.ts'
import type { Specimen } from './specimens.ts'
import { SPOILS } from './spoil-capture.ts'
import { planFor, streetCase } from './street-case.ts'

/** A run that can be told by its number, and be made again from it. */
export interface Case {
  name: string
  run(folder: string): Promise<void>
}

/** Beyond this a capture takes part with its first bytes only, but in one case of twenty. */
const LARGE = 64_000

/** Case `number` of a seed: a capture, what is done to it, and with which options it is read. */
export function captureCase(specimens: readonly Specimen[], seed: number, number: number): Case {
  const dice = diceFor(seed, number)
  const specimen = specimens[number % specimens.length]!
  const kind = dice.pick(Object.keys(SPOILS))
  const second = dice.chance(0.3) ? dice.pick(Object.keys(SPOILS)) : undefined
  const plan = planFor(dice)
  const whole = dice.chance(0.05)
  return {
    name: `${specimen.name} ${kind}${second === undefined ? '' : `+${second}`} ${JSON.stringify(plan)}`,
    run: folder => {
      const bytes = specimen.bytes()
      const start = SPOILS[kind]!(whole ? bytes : bytes.subarray(0, LARGE), dice)
      return streetCase(second === undefined ? start : SPOILS[second]!(start, dice), plan, dice, folder)
    },
  }
}

/** Each capture cut at 1/4, 1/2, 3/4 and at every byte of its first 200: case by case, in this order. */
export const SWEEP = 203

export function sweepCase(specimens: readonly Specimen[], seed: number, number: number): Case {
  const specimen = specimens[Math.floor(number / SWEEP) % specimens.length]!
  const step = number % SWEEP
  const plan = planFor(diceFor(seed, number))
  return {
    name: `${specimen.name} cut ${step < 3 ? `${step + 1}/4` : step - 3} ${JSON.stringify(plan)}`,
    run: folder => {
      const bytes = specimen.bytes()
      const to = step < 3 ? Math.floor((bytes.length * (step + 1)) / 4) : step - 3
      return streetCase(bytes.subarray(0, to), plan, new Dice(number), folder)
    },
  }
}
