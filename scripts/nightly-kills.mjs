/**
 * Kills one bin of a pipe after another at moments that a seed chooses, `node scripts/nightly-kills.mjs [--seed S] [--runs N]`
 * (N for each bin, 30), and looks whether all others end, and whether the same run, begun again in the same folder, gives
 * the files that an undisturbed one gives. Needs a built package.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import minimist from 'minimist'

/** Far more than what is left of a run takes (ms). */
const HANGS_MS = 60_000

const ROOT = resolve(import.meta.dirname, '..')
const { seed = 1, runs = 30, copies = 20 } = minimist(process.argv.slice(2))
const folder = mkdtempSync(join(tmpdir(), 'pldpipe-kills-'))
const { bin: bins } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
for (const [name, file] of Object.entries(bins)) symlinkSync(join(ROOT, file), join(folder, name))
process.env.PATH = `${folder}${delimiter}${process.env.PATH}`
const office = readFileSync(join(ROOT, 'examples/capture/office.pcap'))
const capture = join(folder, 'large.pcap')
writeFileSync(capture, Buffer.concat([office.subarray(0, 24), ...Array(copies).fill(office.subarray(24))]))

/** Each pipe with the folder that it fills, if it does. */
const PIPES = [
  [[`pldump -q --pcap -s --index -w r ${capture}`], 'r'],
  [[`pcap2json -q ${capture}`, 'flowtag -q', 'pldsink -q -o r', 'flow2txt -q -w t'], 'r'],
  [[`pcap2json -q ${capture}`, 'flowtag -q', 'pldchunk -q', 'flowfollow -q --all'], undefined],
  [
    [`pcap2json -q ${capture}`, 'flowtag -q', "flowsel -q -b 'flowInd < 20'", `json2pcap -q -r ${capture}`],
    undefined,
  ],
]

let state = seed >>> 0
/** From 0 up to 1: a linear congruence is chance enough for moments. */
const share = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 2 ** 32
}

/** What stands in a folder: names and digests. */
function digest(path) {
  const hash = createHash('sha256')
  for (const name of readdirSync(path, { recursive: true }).sort()) {
    if (name.endsWith('.pldpipe-manifest')) continue
    try {
      hash.update(`${name}\0`).update(readFileSync(join(path, name)))
    } catch (error) {
      if (error.code !== 'EISDIR') throw error
    }
  }
  return hash.digest('hex')
}

const whole = (stages, cwd) => spawnSync('sh', ['-c', `${stages.join(' | ')} > out`], { cwd }).status

/** Starts the pipe as processes of ours, so that each can be told from the others; all ended: resolves. */
function start(stages, cwd) {
  const children = []
  for (const [i, stage] of stages.entries()) {
    const before = children.at(-1)?.stdout
    const child = spawn('sh', ['-c', `exec ${stage}`], { cwd, stdio: [before ?? 'ignore', 'pipe', 'ignore'] })
    // the end that it reads has to be its own, so that the one before sees when it is gone
    before?.destroy()
    if (i === stages.length - 1) child.stdout.resume()
    children.push(child)
  }
  const ended = Promise.all(children.map(child => new Promise(resolve => child.once('exit', resolve))))
  return { children, ended }
}

let [kills, hangs, wrong, late] = [0, 0, 0, 0]
for (const [stages, results] of PIPES) {
  const clean = mkdtempSync(join(folder, 'clean-'))
  const begun = Date.now()
  whole(stages, clean)
  const took = Date.now() - begun
  const expected = results === undefined ? undefined : digest(join(clean, results))
  for (const [victim, stage] of stages.entries()) {
    for (let run = 0; run < runs; run++) {
      const cwd = mkdtempSync(join(folder, 'run-'))
      const { children, ended } = start(stages, cwd)
      await sleep(share() * took)
      const alive = children[victim].exitCode === null
      children[victim].kill('SIGKILL')
      if (alive) kills++
      else late++
      const inTime = await Promise.race([ended, sleep(HANGS_MS, 'hangs', { ref: false })])
      if (inTime === 'hangs') {
        hangs++
        console.log(`hangs: seed ${seed}, ${stage}, run ${run}`)
        for (const child of children) child.kill('SIGKILL')
      }
      if (expected !== undefined && (whole(stages, cwd) !== 0 || digest(join(cwd, results)) !== expected)) {
        wrong++
        console.log(`other files: seed ${seed}, ${stage}, run ${run}: ${cwd}`)
      } else rmSync(cwd, { recursive: true })
    }
    console.log(`${stage}: ${runs} runs`)
  }
}
console.log(
  `seed ${seed}: ${kills} killed, ${late} had ended before, ${hangs} hangs, ${wrong} with other files`,
)
if (wrong === 0) rmSync(folder, { recursive: true })
process.exitCode = hangs + wrong > 0 ? 1 : 0
