import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { FlowRecord, Gap } from '../lib/index.ts'
import { ROOT, shell } from './support/bins.ts'

// Two captures of conversations whose ends logged what they sent, taken on both sides of a link that drops, doubles and
// delays; bench/sender/README.md tells how they were made.

interface Conversation {
  id: number
  protocol: 'tcp' | 'udp' | 'sctp'
}

interface Result {
  kind: string
  id: number
  direction: 'up' | 'down'
  verdict: 'identical' | 'gaps' | 'wrong'
  head?: string
  tail?: string
  bytes: number
}

interface Run {
  conversations: Conversation[]
  pcap: Buffer
  whole: Buffer
  side: Side
  flows: FlowRecord[]
  read: (path: string) => Buffer
  sctp: boolean
}

type Side = 'client' | 'server'

const FOLDER = join(ROOT, 'bench/sender')
const { compare } = (await import(join(FOLDER, 'compare.mjs'))) as { compare: (run: Run) => Result[] }
const { thin } = (await import(join(FOLDER, 'thin.mjs'))) as {
  thin: (pcap: Buffer, how: { seed: number; drop: number; cut: number }) => Buffer
}
const { conversations } = JSON.parse(readFileSync(join(FOLDER, 'recorded/sent.json'), 'utf8')) as {
  conversations: Conversation[]
}

const help = shell('pldump --help', ROOT).stdout

/** Whether the programs know an option. Where nothing may be skipped (PLDPIPE_NOTHING_SKIPPED), they have to. */
function knows(option: string): boolean {
  const known = help.includes(option)
  if (!known && process.env.PLDPIPE_NOTHING_SKIPPED) throw new Error(`pldump has no ${option}`)
  return known
}

const sctp = knows('--sctp')
const fragments = knows('--frag-overlap')
const PLDUMP = `pldump --json -q --flow-timeout 0 ${sctp ? '--sctp' : ''} -w out capture.pcap`
const PIPE = `pcap2json capture.pcap | flowtag --flow-timeout 0 | pldsink -q -o out ${sctp ? '--sctp' : ''}`

function capture(side: Side): Buffer {
  return readFileSync(join(FOLDER, `recorded/${side}.pcap`))
}

function extract(pcap: Buffer, command: string): Pick<Run, 'flows' | 'read'> {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-sender-'))
  writeFileSync(join(folder, 'capture.pcap'), pcap)
  const { stdout, code } = shell(command, folder)
  t.equal(code, 0)
  const flows = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as FlowRecord)
    .filter(record => record.type === 'flow')
  return { flows, read: path => readFileSync(join(folder, 'out', path)) }
}

/** The results of what the programs can do. */
function results(run: Run): Result[] {
  return compare(run).filter(({ kind }) => fragments || kind !== 'udp in fragments')
}

for (const side of ['client', 'server'] as const) {
  for (const command of [PLDUMP, PIPE]) {
    t.test(`all that was sent comes out of the ${side}'s capture: ${command}`, async t => {
      const whole = capture(side)
      const done = results({ conversations, pcap: whole, whole, side, sctp, ...extract(whole, command) })
      t.same(
        done.filter(({ verdict }) => verdict !== 'identical'),
        [],
      )
      t.ok(done.length > 30, `${done.length} directions`)
    })
  }

  for (const [drop, cut] of [
    [0.03, 0.02],
    [0.1, 0.3],
    [0.5, 0.1],
    [0.9, 0.1],
  ] as const) {
    t.test(`${drop * 100} % of the ${side}'s packets gone, ${cut * 100} % cut: gaps name it`, async t => {
      const whole = capture(side)
      for (let seed = 1; seed <= 2; seed++) {
        const pcap = thin(whole, { seed, drop, cut })
        const run = { conversations, pcap, whole, side, sctp, ...extract(pcap, PLDUMP) }
        const done = results(run)
        t.same(
          done.filter(({ verdict }) => verdict === 'wrong'),
          [],
        )
        const gaps = done.filter(({ verdict }) => verdict === 'gaps')
        t.ok(gaps.length > 0, `${gaps.length} directions with gaps`)
        const kinds = new Set(gaps.map(({ kind }) => kind))
        if (cut > 0.2) t.ok(kinds.has('tcp') && kinds.has('udp'), [...kinds].join())
        // where the SYN is there the stream begins behind it, whatever is missing then
        t.notOk(done.some(({ head }) => head === 'unnamed, told'))
      }
    })
  }
}

t.test('the comparison notices what is wrong', async t => {
  const side = 'server'
  const whole = capture(side)
  const pcap = thin(whole, { seed: 1, drop: 0.1, cut: 0.1 })
  const run: Run = { conversations, pcap, whole, side, sctp: false, ...extract(pcap, PLDUMP) }
  const wrong = (change: Partial<Run>): number =>
    compare({ ...run, ...change }).filter(({ kind, verdict }) => kind === 'tcp' && verdict === 'wrong').length
  const withGaps = (change: (gaps: Gap[]) => Gap[]): { flows: FlowRecord[] } => ({
    flows: run.flows.map(flow => ({ ...flow, pldGaps: change(flow.pldGaps!) })),
  })
  const streams = run.flows.filter(({ l4Proto }) => l4Proto === 6)
  const gapped = streams.filter(({ pldGaps }) => pldGaps!.length > 0).length
  const written = streams.filter(({ pldFile }) => pldFile !== undefined).length
  t.ok(gapped > 5, `${gapped} streams with gaps`)
  t.ok(written > gapped, `${written} files`)
  t.equal(wrong({}), 0)
  t.equal(wrong(withGaps(gaps => gaps.slice(1))), gapped, 'a gap that is not named')
  t.equal(wrong(withGaps(gaps => gaps.map(gap => ({ ...gap, offset: gap.offset + 1 })))), gapped, 'elsewhere')
  t.equal(
    wrong(withGaps(gaps => gaps.map(gap => ({ ...gap, reason: 'filtered' })))),
    gapped,
    'another reason',
  )
  const flip = (path: string): Buffer => {
    const bytes = run.read(path)
    bytes[bytes.length >> 1]! ^= 1
    return bytes
  }
  t.equal(wrong({ read: flip }), written, 'another byte')
  t.equal(wrong({ read: path => run.read(path).subarray(1) }), written, 'a byte less')
})
