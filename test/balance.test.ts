import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { BALANCES, type Term } from '../lib/balance/balances.ts'
import { balanceText, checkBalances } from '../lib/balance/check-balances.ts'
import { keepLedger, Ledger } from '../lib/balance/ledger.ts'
import { type DumpOptions, dumpPayload, filterFrames, type PldRecord } from '../lib/index.ts'
import { OVERLAP_POLICIES } from '../lib/payload/overlap-policy.ts'
import { CAPTURE, shell } from './support/bins.ts'
import { pcap, type TestFrame } from './support/build-capture.ts'
import { cutEvery, fragmentFrame } from './support/build-fragments.ts'
import { ACK, ethernet, ipv4, SYN, sctp, sctpData, tcp, udp } from './support/build-packets.ts'
import { gtp, overUdp, PORT, vxlan } from './support/build-udp-tunnels.ts'
import { onEthernet4, V4 } from './support/decode-cases.ts'
import { derivedCaptures, hasSharedCaptures, sharedCaptures } from './support/shared-captures.ts'

const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-balance-'))
t.teardown(() => rmSync(cwd, { recursive: true }))
let runs = 0

const PORTS = { srcPort: 40000, dstPort: 25 }
const segment = (seq: number, text: string, more = {}): Buffer =>
  ipv4({ ...V4, proto: 6 }, tcp({ ...PORTS, seq, flags: ACK, ...more }, text, V4))
const data = (tsn: number, stream: number, text: string): Buffer =>
  sctpData({ tsn, stream, ssn: 0, flags: 3 }, text)
const datagram = udp({ srcPort: 53, dstPort: 5353 }, 'x'.repeat(2000))
const fragmentOf = (id: number) => (piece: [number, number]) =>
  fragmentFrame({ ...V4, proto: 17, id } as never, datagram, piece)
const PIECES = cutEvery(datagram.length, 800)

/** Frames with everything that can become of a byte. */
const FRAMES: TestFrame[] = [
  onEthernet4(segment(99, '', { flags: SYN })),
  onEthernet4(segment(100, 'hello ')),
  // a hole, copies with other bytes on both sides of it, and what fills a part of it
  onEthernet4(segment(120, 'behind a hole')),
  onEthernet4(segment(104, 'XXXXXX')),
  onEthernet4(segment(118, 'YYYYYYYY')),
  onEthernet4(segment(90, 'before the start')),
  onEthernet4(segment(0x7000_0000, 'far away')),
  // a keep-alive, urgent data, a segment that was captured in part, text in a RST, and data behind it
  onEthernet4(segment(132, 'k')),
  onEthernet4(segment(133, 'urgent', { flags: ACK | 0x20, urg: 3 })),
  { bytes: onEthernet4(segment(139, 'cut off here')).subarray(0, -4), wireLen: 66 },
  onEthernet4(segment(151, 'sorry', { flags: 0x04 })),
  onEthernet4(segment(500, 'after the end')),
  ...PIECES.map(fragmentOf(7)),
  ...PIECES.slice(1).map(fragmentOf(8)),
  ...[PIECES[0]!, PIECES[0]!].map(fragmentOf(9)),
  onEthernet4(ipv4({ ...V4, proto: 132 }, sctp(PORTS, data(1, 0, 'one')))),
  onEthernet4(ipv4({ ...V4, proto: 132 }, sctp(PORTS, data(3, 1, 'three')))),
  onEthernet4(ipv4({ ...V4, proto: 132 }, sctp(PORTS, data(1, 0, 'one')))),
  overUdp(PORT.vxlan, vxlan({}, onEthernet4(segment(1, 'in a tunnel')))),
  overUdp(PORT.gtp, gtp({}, segment(12, 'in another'))),
  ethernet({ type: 0x0806 }, 'a'.repeat(46)),
  { bytes: onEthernet4(ipv4({ ...V4, proto: 17 }, datagram)).subarray(0, 300), wireLen: 2042 },
  Buffer.alloc(9),
]
const built = join(cwd, 'built.pcap')
writeFileSync(built, pcap(FRAMES))

/** Runs a capture through the whole street and gives the ledger of the run. */
async function ledgerOf(capture: string, options: Partial<DumpOptions> = {}): Promise<Ledger> {
  const ledger = new Ledger()
  const { between, ...more } = options
  await dumpPayload(capture, {
    folder: join(cwd, `run${runs++}`),
    ...more,
    between: { ...between, records: [keepLedger(ledger)] },
  })
  return ledger
}

/** The balances that do not hold, in words. */
const faults = (ledger: Ledger): string[] =>
  checkBalances(ledger)
    .filter(({ outcome }) => outcome !== 'holds')
    .map(verdict => `${verdict.outcome}: ${balanceText(ledger, verdict)}`)

const ALL = { sctp: true, l2: true, icmp: true } as const
const WAYS: Record<string, Partial<DumpOptions>> = {
  'as it is': {},
  'all protocols': ALL,
  'outer packets': { ...ALL, outer: true },
  'nothing opened': { ...ALL, decap: ['none'] },
  'the first bytes left out': { ...ALL, startOffset: 5 },
  'no more than the first bytes': { ...ALL, maxBytes: 8 },
  'the first bytes left out, and not many': { ...ALL, startOffset: 5, maxBytes: 8 },
  'urgent bytes left out': { urgent: 'drop' },
  'checksums and timestamps': { checksums: true, paws: true },
  'other ports': { ...ALL, tcpPorts: [80], protos: [47] },
  'no files': { ...ALL, noFiles: true },
  'gaps left out, and an index': { ...ALL, gap: 'skip', index: true },
  'gaps told in the file': { ...ALL, gap: 'marker' },
  'a small table': { ...ALL, maxFlows: 2 },
  'no room for fragments': { ...ALL, fragMemory: 1000 },
  'fragments soon given up': { ...ALL, fragTimeout: 1 },
  'the first packets': { count: 7 },
  ...Object.fromEntries(OVERLAP_POLICIES.map(overlap => [`overlap ${overlap}`, { ...ALL, overlap }])),
}

for (const [way, options] of Object.entries(WAYS)) {
  t.test(`all adds up: ${way}`, async t => {
    for (const capture of [CAPTURE, built]) t.same(faults(await ledgerOf(capture, options)), [])
  })
}

t.test('all adds up with a filter, and with as many as were asked for', async t => {
  for (const count of [undefined, 2]) {
    const filter = filterFrames('tcp', count === undefined ? {} : { count })
    const ledger = await ledgerOf(built, { between: { frames: [filter] } })
    t.same(faults(ledger), [])
    t.equal(ledger.value('filter.afterCountPackets')! > 0, count !== undefined)
  }
})

t.test('frames that hold more than one packet', async t => {
  const ledger = await ledgerOf(built, { outer: true })
  t.equal(ledger.value('decode.extraPackets'), 2)
  t.equal(ledger.value('flow.packets'), FRAMES.length + 2)
})

t.test('the built capture has something to tell of most counters', async t => {
  const ledger = await ledgerOf(built, {
    ...ALL,
    outer: true,
    maxBytes: 9,
    overlap: 'overwrite',
    urgent: 'drop',
  })
  for (const term of [
    'payload.overwrittenBytes',
    'payload.rejectedBytes',
    'payload.beyondMaxBytes',
    'payload.sctpHeaderBytes',
    'payload.duplicateBytes',
    'decode.unfinishedFragmentBytes',
    'decode.repeatedFragmentBytes',
  ] as Term[])
    t.ok(ledger.value(term)! > 0, term)
  const dropped = await ledgerOf(built, { urgent: 'drop' })
  for (const term of ['gaps.bytes', 'payload.urgentBytes'] as Term[]) t.ok(dropped.value(term)! > 0, term)
})

/** Records of a run of the built capture, with a filter so that all stages have their say. */
async function recordsOf(filter: boolean): Promise<PldRecord[]> {
  const { stdout } = shell(
    `pldump --json ${filter ? '--filter "not udp port 53"' : ''} --sctp --outer -w records${runs++} ${built}`,
    cwd,
  )
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as PldRecord)
}

function entered(records: readonly PldRecord[], local = true): Ledger {
  const ledger = new Ledger()
  for (const record of records) ledger.take(record, local)
  return ledger
}

/** The records with one more of what a term counts. */
function falsified(records: readonly PldRecord[], term: Term): PldRecord[] {
  const [stage, name] = term.split('.') as [string, string]
  const copy = structuredClone(records) as PldRecord[]
  // biome-ignore lint/suspicious/noExplicitAny: members of any record
  const find = (fits: (record: any) => boolean): any => copy.find(fits)
  if (stage === 'gaps') {
    const gap = find(record => record.type === 'gap')
    if (name === 'bytes') gap.length++
    else copy.push({ ...gap, length: 0 })
  } else if (stage === 'flows') {
    const flow = find(
      ({ type, l4Proto, pldFile }) => type === 'flow' && l4Proto === 6 && pldFile !== undefined,
    )
    const none = find(({ type, pldStat }) => type === 'flow' && pldStat === '0x00')
    if (name === 'records') copy.push({ ...none, numPktsSnt: 0, capBytesSnt: 0 })
    else if (name === 'packets') flow.numPktsSnt++
    else if (name === 'capBytes') flow.capBytesSnt++
    else if (name === 'withPayload') none.pldStat = '0x03'
    else if (name === 'files') none.pldFile = 'another'
    else if (name === 'gaps') flow.pldGaps.push({ offset: 0, length: 0, reason: 'absent' })
    else if (name === 'gapBytes' || name === 'tcpGapBytes')
      flow.pldGaps.push({ offset: 0, length: 1, reason: 'absent' })
    else if (name === 'tcpLen') flow.pldLen++
    else flow.pldBytes++
  } else {
    const summary = find(record => record.type === 'summary' && record.stage === stage)
    summary[name]++
  }
  return copy
}

t.test('each balance tells when one of its numbers is wrong', async t => {
  for (const filter of [false, true]) {
    const records = await recordsOf(filter)
    t.same(faults(entered(records)), [], 'all holds before')
    for (const balance of BALANCES) {
      if (balance.filter === !filter) continue
      for (const term of [...balance.left, ...balance.right]) {
        // looked at alone, so that it is this balance that tells
        const ledger = entered(falsified(records, term))
        const told = checkBalances(ledger, [balance])
        t.equal(told[0]?.outcome, 'broken', `${balance.name}: ${term}`)
        t.ok(
          checkBalances(ledger).some(({ outcome }) => outcome === 'broken'),
          'and among all of them something does',
        )
      }
    }
  }
})

t.test('what was filtered away on purpose is told, and is no fault', async t => {
  const records = await recordsOf(false)
  const without = (fits: (record: PldRecord) => boolean): Ledger =>
    entered(
      records.filter(record => !fits(record)),
      false,
    )
  const outcomes = (ledger: Ledger): Set<string> =>
    new Set(checkBalances(ledger).map(({ outcome }) => outcome))
  t.same(outcomes(entered(records, false)), new Set(['holds']))
  for (const type of ['summary', 'flow', 'gap'])
    t.notOk(outcomes(without(record => record.type === type)).has('broken'), `no ${type} records`)
  for (const stage of ['capture', 'decode', 'flow', 'payload', 'sink'])
    t.notOk(
      outcomes(without(record => record.type === 'summary' && record.stage === stage)).has('broken'),
      `no summary of ${stage}`,
    )
  t.notOk(outcomes(without(record => record.type === 'flow' && record.dir === 'A')).has('broken'))
  // but too much of something never is
  t.ok(outcomes(entered([...records, ...records.filter(({ type }) => type === 'flow')], false)).has('broken'))
})

t.test('lines that say nonsense are a fault, not a crash', async t => {
  const odd = [
    {
      type: 'flow',
      pldStat: '0x03',
      pldGaps: 7,
      pldFiles: [null, 3],
      pldBytes: 'many',
      pldLen: null,
      l4Proto: 6,
    },
    { type: 'gap', length: 'long' },
    { type: 'summary', stage: '__proto__', packets: 1 },
    { type: 'summary', stage: 'flow', flows: 'x' },
  ] as never[]
  t.notSame(faults(entered(odd)), [])
})

t.test('--check in the shell', async t => {
  const ok = (command: string, expected: string | RegExp = ''): void => {
    const { stderr, code } = shell(command, cwd)
    t.equal(code, 0, command)
    if (typeof expected === 'string') t.equal(stderr, expected, command)
    else t.match(stderr, expected, command)
  }
  const pipe = 'pcap2json $CAPTURE | flowtag'
  ok('pldump -q --check -w a $CAPTURE')
  ok(`${pipe} | pldsink --check -o b > b.ndjson && flow2txt --check b.ndjson > b.txt`)
  ok(`${pipe} | pldchunk | pldsink --check -o c > c.ndjson && flow2txt --check -w ./ c.ndjson`)
  ok(
    `${pipe} | grep -v '"type":"packet".*"dstPort":25,' | pldsink --check -o d > d.ndjson`,
    /^pldsink: input incomplete: packets looked at for payload: \d+ of \d+; \d of \d+ balances cannot be told\n$/,
  )
  ok('grep -v summary b.ndjson | flow2txt --check > e.txt', /^flow2txt: input incomplete: no summary of /)
  ok('pldump -q -v --check -w f $CAPTURE', /^(pldump: balance holds: .*\n){20,}$/)
  const broken = shell(
    `sed 's/"pldBytes":\\([1-9]\\)/"pldBytes":1\\1/' b.ndjson | flow2txt --check > g.txt`,
    cwd,
  )
  t.equal(broken.code, 1)
  t.match(broken.stderr, /^flow2txt: balance broken: payload of flow records: flows.pldBytes \d+ ≠ /)
})

t.test('flows keep what pldchunk said of them, whatever batch their records come in', async t => {
  const pipe = 'pcap2json $CAPTURE | flowtag'
  shell(
    `${pipe} | pldsink -o same > packets.ndjson; ${pipe} | pldchunk | pldsink -o same > chunks.ndjson`,
    cwd,
  )
  const flows = (name: string): string[] =>
    readFileSync(join(cwd, name), 'utf8')
      .split('\n')
      .filter(line => line.includes('"type":"flow"'))
  t.ok(flows('packets.ndjson').some(line => line.includes('"pldBytes":60')))
  t.same(flows('chunks.ndjson'), flows('packets.ndjson'))
})

t.test(
  'all adds up for captures with verified payload',
  { skip: hasSharedCaptures ? false : 'needs the captures with verified payload', timeout: 300_000 },
  async t => {
    const ways = [
      { noFiles: true },
      { ...ALL, noFiles: true, outer: true, overlap: 'last', startOffset: 7 },
    ] as const
    for (const { name, file } of [...sharedCaptures(), ...derivedCaptures()]) {
      for (const options of ways) {
        const found = faults(await ledgerOf(file, options))
        if (found.length > 0) t.fail(name, { found })
      }
    }
    t.pass()
  },
)
