/**
 * Runs the attacks of test/attacks at their full sizes, or those whose name holds the given word, and prints what each
 * took. Needs a built package and some gigabytes of room in the folder for temporary files. Fails if an attack loses
 * something or takes more memory than it may.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'pldpipe-attacks-'))
const entry = `export * from './catalogue.ts'; export * from './run-attack.ts'`
const bundle = join(folder, 'attacks.mjs')
await build({
  stdin: { contents: entry, resolveDir: join(ROOT, 'test/attacks'), loader: 'ts' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: bundle,
})
const { ATTACKS, runAttack } = await import(bundle)

const word = process.argv[2] ?? ''
console.log('| attack | size | capture | CPU | memory | bound | |\n| - | - | - | - | - | - | - |')
for (const attack of ATTACKS) {
  if (!attack.name.includes(word)) continue
  const run = mkdtempSync(join(folder, 'run-'))
  const outcome = await runAttack(attack, attack.fullSize, run, ROOT)
  const wrong = difference(outcome, attack)
  const mb = bytes => `${Math.round(bytes / 1e6)} MB`
  console.log(
    `| ${attack.name} | ${attack.fullSize} | ${mb(outcome.captureBytes)} | ${outcome.seconds.toFixed(1)} s | ` +
      `${mb(outcome.memory)} | ${mb(attack.memory)} | ${wrong ?? 'holds'} |`,
  )
  if (wrong !== undefined) process.exitCode = 1
  rmSync(run, { recursive: true })
}
rmSync(folder, { recursive: true })

/** What is not as it should be. */
function difference({ code, stages, memory, stderr }, attack) {
  if (code !== 0 && code !== 1) return `ends with ${code}: ${stderr.trim().split('\n').at(-1)}`
  for (const [stage, counters] of Object.entries(attack.expect(attack.fullSize))) {
    for (const [name, value] of Object.entries(counters)) {
      if (stages[stage]?.[name] !== value) return `${stage}.${name} is ${stages[stage]?.[name]}, not ${value}`
    }
  }
  return memory > attack.memory ? 'too much memory' : undefined
}
