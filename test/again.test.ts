import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { LineMemory } from '../lib/ndjson/line-memory.ts'
import { OnceLines } from '../lib/ndjson/once-lines.ts'
import { CAPTURE, PATH, PLAIN_NODE, shell } from './support/bins.ts'

const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-again-'))
t.teardown(() => rmSync(cwd, { recursive: true }))
shell(
  'pcap2json $CAPTURE | flowtag > packets; pldchunk packets > chunks; pldsink -o first packets > first.ndjson',
  cwd,
)

/** All files of a folder with what is in them, the list of the run's files included, and their times. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(join(cwd, folder)).sort()
  return Object.fromEntries(
    names.map(name => {
      const path = join(cwd, folder, name)
      const time = name.startsWith('.') ? '' : `${Math.floor(statSync(path).mtimeMs / 1000)} `
      return [name, time + readFileSync(path, 'latin1')]
    }),
  )
}
const first = contents('first')
const records = readFileSync(join(cwd, 'first.ndjson'), 'utf8')

for (const [what, input] of Object.entries({
  'the whole stream comes twice': 'cat packets packets',
  'each line comes twice': "awk '{ print; print }' packets",
  'a delivery broke off and was begun again': '(head -n 400 packets; cat packets)',
  'the end of a delivery comes again': '(cat packets; tail -n 400 packets)',
  'chunks, twice': 'cat chunks chunks',
  'each chunk comes twice': "awk '{ print; print }' chunks",
})) {
  t.test(`--once gives the same files: ${what}`, async t => {
    const { stderr, code } = shell(`${input} | pldsink --once --check -o again > again.ndjson`, cwd)
    t.match(stderr, /^pldsink: \d+ lines came again and were left out\n$/)
    t.equal(code, 0)
    t.same(contents('again'), first)
    // which of the files were open at a time is all that may differ
    const plain = (text: string): string => text.replace(/"maxOpen":\d+,"folder":"\w+"/, '')
    t.equal(plain(readFileSync(join(cwd, 'again.ndjson'), 'utf8')), plain(records))
  })
}

t.test('without --once what is said twice is taken twice, and no file is lost by it', async t => {
  const { code } = shell('cat packets packets | pldsink -o both > both.ndjson', cwd)
  t.equal(code, 0)
  const both = contents('both')
  const names = Object.keys(first).filter(name => !name.startsWith('.'))
  for (const name of names) {
    t.equal(both[name], first[name])
    t.equal(both[`${name}c1`], first[name])
  }
})

/** Starts a command, feeds it half of a file, and kills all of it when it has written something. */
async function killHalfWay(command: string, input: string, folder: string): Promise<void> {
  const run = spawn('sh', ['-c', `${PLAIN_NODE}exec ${command}`], {
    cwd,
    env: { ...process.env, PATH },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  run.stdin.on('error', () => {})
  const bytes = readFileSync(input)
  run.stdin.write(bytes.subarray(0, bytes.length / 2))
  let files = 0
  for (let turn = 0; turn < 250 && files < 10; turn++) {
    await wait(20)
    files = existsSync(join(cwd, folder)) ? readdirSync(join(cwd, folder)).length : 0
  }
  run.kill('SIGKILL')
  if (run.exitCode === null && run.signalCode === null) await once(run, 'exit')
  if (files < 10) throw new Error(`only ${files} files before the end`)
}

t.test('a run that was killed and is begun again gives the same files', async t => {
  await killHalfWay('pldsink -o killed', join(cwd, 'packets'), 'killed')
  t.notSame(contents('killed'), first)
  // the half line that a killed run can leave, and a file that it announced and never made
  writeFileSync(join(cwd, 'killed/.pldpipe-manifest'), '99_A\n100_', { flag: 'a' })
  t.equal(shell('pldsink -o killed packets > killed.ndjson', cwd).code, 0)
  t.same(contents('killed'), first)
})

t.test('so does pldump', async t => {
  shell('pldump -q -w whole < $CAPTURE', cwd)
  await killHalfWay('pldump -q -w half', CAPTURE, 'half/payload')
  // the whole results folder is made before the payload
  t.equal(shell('pldump -q -w half < $CAPTURE', cwd).code, 0)
  t.same(contents('half/payload'), contents('whole/payload'))
  t.same(readdirSync(join(cwd, 'half')), readdirSync(join(cwd, 'whole')))
})

/** What is left of text that comes in pieces of `cut` bytes. */
async function onceOf(text: string, cut: number, most?: number): Promise<string> {
  const lines = new OnceLines(most)
  const bytes = Buffer.from(text)
  let left = ''
  lines.on('data', (chunk: Buffer) => {
    left += chunk.toString()
  })
  for (let at = 0; at < bytes.length; at += cut) lines.write(bytes.subarray(at, at + cut))
  lines.end()
  await once(lines, 'end')
  return left
}

t.test('lines that came before are taken out, wherever input is cut', async () => {
  const line = fc.integer({ min: 0, max: 9 }).map(n => `{"type":"packet","pktNo":${n}}`)
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.integer({ min: 1, max: 90 }), async (all, cut) => {
      const left = await onceOf(`${all.join('\n')}\n`, cut)
      return left === [...new Set(all)].map(each => `${each}\n`).join('')
    }),
    { numRuns: 60 },
  )
})

t.test('records that nobody knows may say the same twice', async t => {
  const text =
    '{"type":"tick"}\n{"type":"tick"}\n\nno record\nno record\n{"type" : "flow"}\n{"type" : "flow"}'
  t.equal(
    await onceOf(text, 7),
    '{"type":"tick"}\n{"type":"tick"}\n\nno record\nno record\n{"type" : "flow"}\n',
  )
})

t.test('what is remembered is bounded', async t => {
  const memory = new LineMemory(1000)
  let fresh = 0
  for (let n = 0; n < 10_000; n++) fresh += Number(memory.add(n, n * 7))
  t.equal(fresh, 10_000)
  t.notOk(memory.add(9_999, 9_999 * 7), 'the last is known')
  t.notOk(memory.add(9_000, 9_000 * 7), 'and those up to a thousand before it')
  t.ok(memory.add(100, 700), 'the first is forgotten')
  t.ok(memory.add(0, 5))
  t.notOk(memory.add(0, 5))
})
