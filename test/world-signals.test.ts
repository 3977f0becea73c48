import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { CAPTURE, PATH, shell } from './support/bins.ts'
import { filesOf, type RunUnderWay, records, startPipe, text, until } from './support/world.ts'

// A pipe whose source pauses in the middle of its capture gets a signal there, or before anything has come; then the
// source goes on, as a live one would. Whoever got the signal tells so by its exit code, and all others end.

const STAGES = ['pcap2json -', 'flowtag', 'pldsink -o files --packets', 'flowsel "flowInd > 0"']
/** Gives so many bytes of the capture, and the rest when a file `go` is there. */
const source = (bytes: number): string =>
  `(head -c ${bytes} "$CAPTURE"; until [ -e go ]; do sleep 0.05; done; tail -c +${bytes + 1} "$CAPTURE")`
const MIDDLE = 300_000
const grown = readFileSync(CAPTURE).subarray(0, MIDDLE)

const whole = mkdtempSync(join(tmpdir(), 'pldpipe-world-'))
shell(`${STAGES[0]} < "$CAPTURE" | ${STAGES.slice(1, 3).join(' | ')} > out`, whole)
const wholeFiles = filesOf(join(whole, 'files'))

/** Waits for the moment in which the signal is to be sent. */
async function atMoment(run: RunUnderWay, bytes: number): Promise<void> {
  for (let stage = 0; stage < STAGES.length; stage++) await run.pid(stage)
  if (bytes > 0) await until(() => text(run.folder, 'out').split('\n').length > 300)
}

/** What was written is valid, and what is told of files is so. */
function checkResults(t: Test, { folder }: RunUnderWay): void {
  const files = filesOf(join(folder, 'files'))
  const flows = records(folder).filter(({ type, pldFile }) => type === 'flow' && pldFile !== undefined)
  const wrong = flows.filter(({ pldFile, pldLen }) => files.get(pldFile as string)?.length !== pldLen)
  t.same(wrong, [], `${flows.length} flows have their files`)
  // what came in is a part of the capture from its beginning, and so is each file
  const others = [...files].filter(
    ([name, bytes]) => wholeFiles.get(name)?.subarray(0, bytes.length).equals(bytes) !== true,
  )
  t.same(
    others.map(([name]) => name),
    [],
    `${files.size} files hold what they should`,
  )
}

for (const bytes of [0, MIDDLE]) {
  const signals = bytes === 0 ? (['SIGTERM'] as const) : (['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
  for (const signal of signals) {
    STAGES.forEach((command, stage) => {
      const name = command.split(' ')[0]!
      t.test(`${signal} to ${name} ${bytes === 0 ? 'before anything came' : 'on the way'}`, async t => {
        const run = startPipe(source(bytes), STAGES)
        await atMoment(run, bytes)
        process.kill(await run.pid(stage), signal)
        await until(() => text(run.folder, `code.${stage}`) !== '')
        writeFileSync(join(run.folder, 'go'), '')
        const codes = await run.ended
        t.equal(codes[stage], 128 + constants.signals[signal])
        // who is cut off from its source by a signal that leaves no time sees an input that ends within a line
        const others = codes.filter((code, other) => other !== stage && code !== 0)
        t.same(signal === 'SIGKILL' ? others.filter(code => code !== 1) : others, [], codes.join(' '))
        if (bytes > 0 && signal !== 'SIGKILL')
          t.match(text(run.folder, `err.${stage}`), `${name}: ${signal}: finishing`)
        checkResults(t, run)
      })
    })
  }
}

t.test('SIGINT to all of them, as from a terminal: all that had come is worked off', async t => {
  const run = startPipe(source(MIDDLE), STAGES)
  await atMoment(run, MIDDLE)
  for (let stage = 0; stage < STAGES.length; stage++) process.kill(await run.pid(stage), 'SIGINT')
  await until(() => text(run.folder, 'code.0') !== '')
  writeFileSync(join(run.folder, 'go'), '')
  t.same(await run.ended, [130, 130, 130, 130])
  checkResults(t, run)
  const some = records(run.folder)
  t.ok(some.filter(({ type }) => type === 'flow').length > 20, 'flows that were open got their records')
  t.equal(some.filter(({ type }) => type === 'summary').length, 5)
})

t.test('a second SIGINT ends each of them at once', async t => {
  const commands: [string, ...string[]][] = [
    ['flowtag'],
    ['pldchunk'],
    ['pldsink', '-o', 'files'],
    ['flow2txt'],
    ['flowfollow', '--all'],
    ['flowsel', 'flowInd > 0'],
    ['json2pcap', '-w', 'out'],
  ]
  for (const [bin, ...words] of commands) {
    const { NODE_OPTIONS: _, ...env } = process.env
    const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-world-'))
    // one that does not listen to signals yet ends at the first
    for (let wait = 250; ; wait *= 2) {
      const child = spawn(bin, words, { cwd, env: { ...env, PATH }, stdio: ['pipe', 'ignore', 'pipe'] })
      const ended = once(child, 'exit')
      const told = once(child.stderr, 'data')
      await sleep(wait)
      child.kill('SIGINT')
      const isFirst = await Promise.race([told.then(() => true), ended.then(() => false)])
      if (!isFirst && wait < 10_000) continue
      child.kill('SIGINT')
      t.match(await ended, [null, 'SIGINT'], bin)
      break
    }
  }
})

t.test('a capture that never ends, and one that grows', async t => {
  for (const command of [
    'pldump -q -w files --json -',
    'pcap2json -',
    'pcap2json --follow grown',
    'flowfollow -r - --all',
  ]) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const run = startPipe(source(MIDDLE), [command])
      if (command.includes('grown')) writeFileSync(join(run.folder, 'grown'), grown)
      const pid = await run.pid(0)
      await until(
        () =>
          command.startsWith('flowfollow') ||
          text(run.folder, 'out') !== '' ||
          filesOf(join(run.folder, 'files/payload')).size > 10,
      )
      process.kill(pid, signal)
      await until(() => text(run.folder, 'code.0') !== '')
      writeFileSync(join(run.folder, 'go'), '')
      t.same(await run.ended, [128 + constants.signals[signal]], `${command} ${signal}`)
      if (!command.startsWith('flowfollow')) t.match(records(run.folder).at(-1), { type: 'summary' })
    }
  }
})
