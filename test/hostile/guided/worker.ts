import { fileURLToPath } from 'node:url'
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { Dice, diceFor } from '../dice.ts'
import { judge, type Verdict } from '../judge.ts'
import { soundTexts } from '../lines-cases.ts'
import { specimens } from '../specimens.ts'
import { Coverage } from './coverage.ts'
import { mutated } from './mutate.ts'
import { TARGETS, TEXT_SEEDS } from './targets.ts'

/** An input, who reads it, and the seed of the options that it is read with. */
export interface Input {
  target: string
  bytes: Buffer
  options: number
}

interface Orders {
  seed: number
  from: number
  to: number
  /** Of a worker that ended: what it had found. */
  corpus: Input[]
  /** One input that is run again, and nothing else. */
  again?: Input
}

/** Most of a sound capture that is taken. */
const SEED_BYTES = 24_000

/** How often an input goes on with the options it has. */
const SAME_OPTIONS = 0.8

const { seed, from, to, corpus: given, again } = workerData as Orders
const targets = new Map(TARGETS.map(([name, kind, run]) => [name, { kind, run }]))
const corpus = new Map<string, Input[]>(TARGETS.map(([name]) => [name, []]))

async function run(input: Input, number: number): Promise<Verdict> {
  const { target, bytes, options } = input
  parentPort!.postMessage({ number, input })
  const { run } = targets.get(target)!
  return judge({ name: target, run: folder => run(Buffer.from(bytes), new Dice(options), folder) })
}

if (again !== undefined) {
  const bytes = Buffer.from(again.bytes)
  parentPort!.postMessage({ number: 0, verdict: await run({ ...again, bytes }, 0), blocks: 0 })
  process.exit(0)
}

const coverage = new Coverage(import.meta.url, fileURLToPath(import.meta.url))
if (given.length > 0) {
  for (const { target, bytes, options } of given)
    corpus.get(target)!.push({ target, bytes: Buffer.from(bytes), options })
} else {
  const seeds = [...(await soundInputs())]
  for (const [i, input] of seeds.entries()) {
    const verdict = await run(input, -1 - i)
    coverage.look()
    corpus.get(input.target)!.push(input)
    parentPort!.postMessage({ number: -1 - i, verdict, found: input, blocks: coverage.blocks })
  }
}
parentPort!.postMessage({ begun: coverage.blocks })
const names = [...corpus.keys()]
for (let number = from; number < to; number++) {
  if (receiveMessageOnPort(parentPort!) !== undefined) break
  const dice = diceFor(seed, number)
  // captures go through most of the code
  const target = dice.chance(0.4) ? 'street' : dice.pick(names)
  const inputs = corpus.get(target)!
  // what was found lately leads on more often
  const parent = dice.chance(0.4)
    ? inputs[inputs.length - 1 - dice.below(Math.min(30, inputs.length))]!
    : dice.pick(inputs)
  const bytes = mutated(targets.get(target)!.kind, parent.bytes, dice.pick(inputs).bytes, dice)
  const options = dice.chance(SAME_OPTIONS) ? parent.options : dice.below(2 ** 32)
  const input = { target, bytes, options }
  const verdict = await run(input, number)
  const found = coverage.look() > 0
  if (found) inputs.push(input)
  parentPort!.postMessage({ number, verdict, found: found ? input : undefined, blocks: coverage.blocks })
}
const files = coverage.files().map(file => ({
  ...file,
  gaps: file.gaps.map(([from, to]) => coverage.text(from, to)),
}))
parentPort!.postMessage({ files })

/** What is changed at first: captures, records, and words of each language. */
async function soundInputs(): Promise<Input[]> {
  const inputs: Input[] = []
  for (const { name, bytes } of specimens()) {
    const whole = bytes()
    const part = whole.subarray(0, SEED_BYTES)
    inputs.push({ target: 'street', bytes: Buffer.from(part), options: name.length })
  }
  const texts = await soundTexts()
  for (const [target, { kind }] of targets) {
    const words = kind === 'lines' ? texts : (TEXT_SEEDS[target] ?? [])
    for (const [i, text] of words.entries()) inputs.push({ target, bytes: Buffer.from(text), options: i })
  }
  return inputs
}
