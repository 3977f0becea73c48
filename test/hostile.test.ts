import { resolve } from 'node:path'
import tap from 'tap'
import { type Case, captureCase, SWEEP, sweepCase } from './hostile/capture-cases.ts'
import { judge } from './hostile/judge.ts'
import { linesCase, soundTexts } from './hostile/lines-cases.ts'
import { builtSpecimens, specimens } from './hostile/specimens.ts'

/** What the process may come to need, tap and compiler included (bytes), and what a case may take (ms of the processor). */
const BOUND_RSS = 1.5e9
const BOUND_MS = 5000

const SEED = 20_240_601
const small = [...builtSpecimens(), specimens().find(({ name }) => name === 'office.pcap')!]

/** Runs cases, and says of those that fail how they are made again. */
async function run(
  t: Pick<typeof tap, 'same' | 'ok'>,
  kind: string,
  count: number,
  make: (number: number) => Case,
): Promise<void> {
  const faults: string[] = []
  let peak = 0
  for (let number = 0; number < count; number++) {
    const one = make(number)
    const { fault, ms } = await judge(one)
    if (fault !== undefined)
      faults.push(`--kind ${kind} --seed ${SEED} --only ${number} ${one.name}: ${fault}`)
    if (ms > BOUND_MS) faults.push(`--kind ${kind} --seed ${SEED} --only ${number} ${one.name}: ${ms} ms`)
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  t.same(faults, [])
  t.ok(peak < BOUND_RSS, `${peak} bytes of memory`)
}

tap.before(() => process.chdir(resolve(import.meta.dirname, '..')))

tap.test('spoilt captures give valid records, whatever is asked for', t =>
  run(t, 'built', 250, number => captureCase(small, SEED, number)),
)

tap.test('captures cut at their ends and in their first bytes', t =>
  // every seventh case, so that each capture has its turn
  run(t, 'cut', Math.floor((small.length * SWEEP) / 7), number => sweepCase(small, SEED, 7 * number)),
)

tap.test('spoilt records are refused line by line, or with one clear error', async t => {
  const texts = await soundTexts()
  await run(t, 'lines', 550, number => linesCase(texts, SEED, number))
})
