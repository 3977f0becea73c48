/**
 * Spoils captures, records, filters, expressions, templates and settings, and goes on from those inputs that reached
 * code which none before had: `node scripts/nightly-guided.mjs [--seed S] [--runs N | --minutes M] [--missed FILE]`.
 * V8's own counts of blocks are the guide. A run is repeated by its seed, as far as no case had to be ended. An input
 * that fails is kept in the folder for temporary files, and `--again FILE` runs it once more. `--missed` writes down
 * what of lib/ was never reached.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import minimist from 'minimist'
import { bundlePath, bundleTests, ROOT } from './bundle.mjs'

/** What a case may take: time of the processor, of the clock, and memory. The first look at coverage is not a case. */
const BOUND_MS = 5000
const BOUND_CLOCK_MS = 20_000
const BOUND_HEAP_MB = 1000

process.chdir(ROOT)
process.env.PLDPIPE_CAPTURES ??= join(ROOT, '../shared/captures')
const {
  seed = 1,
  runs,
  minutes,
  again,
  missed,
  from = 0,
} = minimist(process.argv.slice(2), { string: ['again', 'missed'] })
const outfile = bundlePath('guided')
await bundleTests('test/hostile/guided/worker.ts', outfile)

const corpus = []
const refused = {}
const slowest = { ms: 0, what: '' }
let [cases, crashes, hangs, invalid, blocks, begun, peak, lost] = [0, 0, 0, 0, 0, 0, 0, 0]
let failures
let stopped = false
const start = Date.now()
const to = from + (runs ?? (minutes === undefined ? 5000 : Number.MAX_SAFE_INTEGER))
const isOver = () => minutes !== undefined && Date.now() - start > minutes * 60_000

const report = () =>
  `${cases} runs, ${corpus.length} inputs kept, blocks ${begun} → ${blocks}, ${crashes} crashes, ${hangs} hangs, ` +
  `${invalid} invalid outputs, slowest ${Math.round(slowest.ms)} ms (${slowest.what}), ${Math.round(peak / 1e6)} MB, ` +
  `${Math.round((Date.now() - start) / 1000)} s`

/** Keeps an input that fails where it can be run again from. */
function keep(kind, { number, input }, what) {
  failures ??= mkdtempSync(join(tmpdir(), 'pldpipe-guided-'))
  const file = join(failures, `${kind}-${number}-${input.target}.json`)
  writeFileSync(file, JSON.stringify({ ...input, bytes: Buffer.from(input.bytes).toString('base64'), what }))
  console.log(
    `${kind}: seed ${seed}, case ${number}, ${input.target}: --again ${file}\n  ${what.slice(0, 1500)}`,
  )
}

/** Runs cases from a number on, until all are done or one has to be ended. Returns where to go on. */
function work(workerData) {
  return new Promise(resolve => {
    const worker = new Worker(outfile, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: BOUND_HEAP_MB },
    })
    let current
    let timer
    const goOn = async number => {
      clearTimeout(timer)
      await worker.terminate()
      resolve(Math.max(workerData.from, number))
    }
    worker.on('message', message => {
      clearTimeout(timer)
      if (message.input !== undefined) {
        current = message
        timer = setTimeout(() => {
          hangs++
          keep('hang', current, `no end after ${BOUND_CLOCK_MS} ms`)
          goOn(current.number + 1)
        }, BOUND_CLOCK_MS)
        return
      }
      if (message.begun !== undefined) begun ||= message.begun
      if (message.files !== undefined) tellFiles(message.files)
      if (message.verdict === undefined) return
      const { verdict, found } = message
      cases++
      // another worker begins to count anew, but knows all inputs that led there
      blocks = Math.max(blocks, message.blocks)
      if (found !== undefined) corpus.push(found)
      peak = Math.max(peak, process.memoryUsage.rss())
      if (verdict.refused !== undefined) refused[verdict.refused] = (refused[verdict.refused] ?? 0) + 1
      if (verdict.ms > slowest.ms)
        Object.assign(slowest, { ms: verdict.ms, what: `${current.input.target} ${message.number}` })
      if (verdict.fault !== undefined) {
        const kind = verdict.fault.startsWith('Fault') ? 'invalid' : 'crash'
        if (kind === 'crash') crashes++
        else invalid++
        keep(kind, current, verdict.fault)
      } else if (verdict.ms > BOUND_MS) {
        hangs++
        keep('slow', current, `took ${Math.round(verdict.ms)} ms`)
      }
      if (cases % 1000 === 0) console.log(report())
      if (isOver() && !stopped) {
        stopped = true
        worker.postMessage('enough')
      }
    })
    worker.on('error', error => {
      crashes++
      lost++
      if (current !== undefined) keep('crash', current, `outside of the case: ${error.stack ?? error}`)
      goOn((current?.number ?? 0) + 1)
    })
    worker.on('exit', code => code === 0 && resolve(to))
  })
}

function tellFiles(files) {
  const all = files.reduce((sum, { chars }) => sum + chars, 0)
  const open = files.reduce((sum, { missed }) => sum + missed, 0)
  console.log(
    `${((100 * (all - open)) / all).toFixed(1)} % of the ${all} characters of lib/ that are in the bundle were reached`,
  )
  if (missed === undefined) return
  const text = files.map(({ file, chars, missed, gaps }) =>
    [`== ${file}: ${missed} of ${chars} not reached`, ...gaps].join('\n'),
  )
  writeFileSync(missed, `${text.join('\n\n')}\n`)
}

if (again !== undefined) {
  const { target, bytes, options } = JSON.parse(readFileSync(again, 'utf8'))
  await work({ seed, from, to, corpus: [], again: { target, bytes: Buffer.from(bytes, 'base64'), options } })
} else {
  for (let number = from; number < to && !(isOver() && stopped); )
    number = await work({ seed, from: number, to, corpus })
}
rmSync(outfile)
console.log(`seed ${seed}: ${report()}, ${lost} threads lost, refused ${JSON.stringify(refused)}`)
process.exitCode = crashes + hangs + invalid > 0 ? 1 : 0
