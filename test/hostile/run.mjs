// Runs spoilt inputs through all stages: `node test/hostile/run.mjs [--kind K] [--seed S] [--runs N] [--only K]`.
// A case that fails is printed with its seed and number, which make it again.
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import minimist from 'minimist'
import { bundlePath, bundleTests, ROOT } from '../../scripts/bundle.mjs'

/** Most of the processor's time that a case may take (ms), a third of the clock's, and what the process may come to need (bytes). */
const BOUND_MS = 5000
const BOUND_RSS = 1.5e9

process.chdir(ROOT)
process.env.PLDPIPE_CAPTURES ??= join(ROOT, '../shared/captures')
const { kind = 'capture', seed = 1, runs = 1000, only, start = 0 } = minimist(process.argv.slice(2))
const outfile = bundlePath('worker')
await bundleTests('test/hostile/worker.ts', outfile, { sourcemap: 'inline' })

const first = only ?? start
const end = only === undefined ? start + runs : only + 1
const refused = {}
let [done, faults, hangs, slowest, peak] = [0, 0, 0, 0, 0]

/** From case `from` on; a hang ends the thread, and another one goes on behind it. Returns where to go on. */
function work(from) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(outfile, {
      workerData: { seed, from, to: end, step: 1, kind },
      trackUnmanagedFds: process.env.HOSTILE_FDS !== undefined,
    })
    let current
    let timer
    const next = number => {
      clearTimeout(timer)
      resolve(number)
    }
    const report = what =>
      console.log(`FAULT --kind ${kind} --seed ${seed} --only ${current.number} ${current.name}\n  ${what}`)
    worker.on('message', message => {
      clearTimeout(timer)
      if (message.verdict === undefined) {
        current = message
        timer = setTimeout(() => {
          hangs++
          done++
          report(`no end after ${3 * BOUND_MS} ms`)
          worker.terminate().then(() => next(current.number + 1))
        }, BOUND_MS * 3)
        return
      }
      const { verdict } = message
      done++
      slowest = Math.max(slowest, verdict.ms)
      peak = Math.max(peak, process.memoryUsage.rss())
      if (verdict.refused !== undefined) refused[verdict.refused] = (refused[verdict.refused] ?? 0) + 1
      if (verdict.fault !== undefined) {
        faults++
        report(verdict.fault)
      } else if (verdict.ms > BOUND_MS) {
        hangs++
        report(`took ${Math.round(verdict.ms)} ms`)
      }
      if (done % 1000 === 0)
        console.log(
          `${done} runs, ${faults} faults, slowest ${Math.round(slowest)} ms, ${Math.round(peak / 1e6)} MB`,
        )
    })
    worker.on('error', error => {
      faults++
      done++
      report(`outside of the case: ${error.stack ?? error}`)
      next(current.number + 1)
    })
    worker.on('exit', code => code === 0 && next(end))
    worker.on('messageerror', reject)
  })
}

for (let from = first; from < end; ) from = await work(from)
console.log(
  `seed ${seed}, ${kind}: ${done} runs, ${faults} faults, ${hangs} hangs, slowest ${Math.round(slowest)} ms, ` +
    `peak memory ${Math.round(peak / 1e6)} MB (bound ${BOUND_RSS / 1e6}), refused ${JSON.stringify(refused)}`,
)
process.exitCode = faults + hangs > 0 || peak > BOUND_RSS ? 1 : 0
