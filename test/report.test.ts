import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { dumpPayload } from '../lib/index.ts'
import { endReport } from '../lib/text/end-report.ts'
import { type ReportFacts, ReportGatherer } from '../lib/text/report-facts.ts'
import { amount, moment, share, span } from '../lib/text/report-numbers.ts'
import { remarks } from '../lib/text/report-remarks.ts'
import { CAPTURE, ROOT, shell } from './support/bins.ts'
import { reportLines } from './support/original-report.ts'
import { GOLDENS, hasSharedCaptures, sharedCapture } from './support/shared-captures.ts'

const RUN = { version: '1.0.0', pid: 7, elapsed: 0.0074, unloaded: 0.0075, memory: 1e7, machineMemory: 5e10 }

t.test('numbers', t => {
  t.equal(amount(1000), '1000')
  t.equal(amount(1023), '1023')
  t.equal(amount(1024), '1024 (1.02 K)', 'units begin at 1024 and are thousands')
  t.equal(amount(1_000_000), '1000000 (1000.00 K)')
  t.equal(amount(5_087_870), '5087870 (5.09 M)')
  t.equal(amount(105.4, 2), '105.40')
  t.equal(amount(1221.68, 2), '1221.68 (1.22 K)')
  t.equal(amount(794.55, 0, 'b/s'), '795 b/s')
  t.equal(amount(1128, 0, 'b/s'), '1128 b/s (1.13 Kb/s)')
  t.equal(share(1986, 5902), ' [33.65%]')
  t.equal(share(1, 0), '')
  t.end()
})

t.test('times', t => {
  t.equal(moment('1258544215.037210'), '1258544215.037210 sec (Wed 18 Nov 2009 11:36:55 GMT)')
  t.equal(moment('99999999999999.000000'), '99999999999999.000000 sec', 'no calendar goes that far')
  t.equal(span('50276.646078'), '50276.646078 sec (13h 57m 56s)')
  t.equal(span('59.999999'), '59.999999 sec')
  t.equal(span('1260.934170'), '1260.934170 sec (21m)', 'parts that are 0 are left out')
  t.equal(span('126582416.227948326'), '126582416.227948326 sec (4y 5d 1h 46m 56s)')
  t.end()
})

t.test('remarks come in the order of the report, warnings first', t => {
  const texts = remarks(0x0400_0002_0000_4100n).map(({ level, text }) => `${level}: ${text}`)
  t.same(texts, [
    'warning: L3 SnapLength < Length in IP header',
    'info: IPv4 flows',
    'info: VLAN encapsulation',
  ])
  t.end()
})

/** The counters behind the report that the tutorial prints. */
const TUTORIAL: ReportFacts = {
  run: RUN,
  captures: [{ file: '/home/wurst/data/faf-exercise.pcap', linkTypes: [1], snaplen: 65535 }],
  firstTime: '1258544215.037210',
  lastTime: '1258594491.683288',
  duration: '50276.646078',
  completed: 1,
  stages: {
    capture: { packets: 5902, capBytes: 4993414, wireBytes: 4993414, fileBytes: 5087870 },
    decode: {
      ...{ packets: 5902, bytes: 4993414, ipv4Packets: 5902, tcpPackets: 5902, tcpBytes: 4993414 },
      ...{ minHdrs: 3, maxHdrs: 3, sumHdrs: 3 * 5902 },
    },
    flow: {
      ...{ flows: 73, aFlows: 37, bFlows: 36, requestFlows: 36, replyFlows: 37, ipv4Flows: 73 },
      ...{ aPackets: 1986, bPackets: 3916, aBytes: 209315, bBytes: 4784099, maxFlowsInMemory: 18 },
    },
    payload: { flowsWithPayload: 44 },
    sink: { files: 44 },
  },
  aggFlowStat: '0x0400000000004001',
  aggPldStat: '0x03',
}

t.test('the report of the tutorial, line by line', t => {
  const lines = endReport(TUTORIAL).split('\n')
  const printed = [
    'Processing file: /home/wurst/data/faf-exercise.pcap',
    'Link layer type: Ethernet [EN10MB/1]',
    'Dump start: 1258544215.037210 sec (Wed 18 Nov 2009 11:36:55 GMT)',
    'Dump stop : 1258594491.683288 sec (Thu 19 Nov 2009 01:34:51 GMT)',
    'Total dump duration: 50276.646078 sec (13h 57m 56s)',
    'Finished processing. Elapsed time: 0.007400 sec',
    'Finished unloading flow memory. Time: 0.007500 sec',
    'Percentage completed: 100.00%',
    'Number of processed packets: 5902 (5.90 K)',
    'Number of processed bytes: 4993414 (4.99 M)',
    'Number of raw bytes: 4993414 (4.99 M)',
    'Number of pcap bytes: 5087870 (5.09 M)',
    'Number of IPv4 packets: 5902 (5.90 K) [100.00%]',
    'Number of A packets: 1986 (1.99 K) [33.65%]',
    'Number of B packets: 3916 (3.92 K) [66.35%]',
    'Number of A bytes: 209315 (209.31 K) [4.19%]',
    'Number of B bytes: 4784099 (4.78 M) [95.81%]',
    'Average A packet load: 105.40',
    'Average B packet load: 1221.68 (1.22 K)',
    '-'.repeat(80),
    'payloadDumper: Aggregated pldStat=0x03',
    'payloadDumper: Number of non zero content dumped flows: 44 [60.27%]',
    '-'.repeat(80),
    'Headers count: min: 3, max: 3, average: 3.00',
    'Number of TCP packets: 5902 (5.90 K) [100.00%]',
    'Number of TCP bytes: 4993414 (4.99 M) [100.00%]',
    '~'.repeat(80),
    'Number of processed   flows: 73',
    'Number of processed A flows: 37 [50.68%]',
    'Number of processed B flows: 36 [49.32%]',
    'Number of request     flows: 36 [49.32%]',
    'Number of reply       flows: 37 [50.68%]',
    'Total   A/B    flow asymmetry: 0.01',
    'Total req/rply flow asymmetry: -0.01',
    'Number of processed   packets/flows: 80.85',
    'Number of processed A packets/flows: 53.68',
    'Number of processed B packets/flows: 108.78',
    'Number of processed total packets/s: 0.12',
    'Number of processed A+B   packets/s: 0.12',
    'Number of processed A     packets/s: 0.04',
    'Number of processed   B   packets/s: 0.08',
    '~'.repeat(80),
    'Number of average processed flows/s: 0.00',
    'Average full raw bandwidth: 795 b/s',
    'Average full bandwidth : 795 b/s',
    'Max number of flows in memory: 18 [0.01%]',
    'Memory usage: 0.01 GB [0.02%]',
    'Aggregated flowStat=0x0400000000004000',
    '[INF] IPv4 flows',
    '',
  ]
  t.same(lines.slice(lines.indexOf(printed[0]!)), printed)
  t.end()
})

t.test('padding does not count for the full bandwidth', t => {
  const { stages } = TUTORIAL
  const facts = { ...TUTORIAL, stages: { ...stages, decode: { ...stages.decode, padBytes: 16_000 } } }
  const report = endReport(facts)
  t.match(report, /^Average full raw bandwidth: 795 b\/s$/m)
  t.match(report, /^Average full bandwidth : 792 b\/s$/m)
  t.match(report, /^Number of pad bytes: 16000 \(16.00 K\)$/m)
  t.end()
})

t.test('a run without packets has no rates and no flows', t => {
  const none = { capture: {}, decode: {}, flow: {}, payload: {}, sink: {} }
  const report = endReport({ run: RUN, captures: [], stages: none })
  t.notMatch(report, /NaN|Infinity|undefined|flows/)
  t.match(report, /^Memory usage: 0.01 GB/m)
  t.end()
})

t.test('pldump prints it, as text and as JSON', t => {
  const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-report-'))
  const text = shell('pldump -w out "$CAPTURE"', cwd).stdout
  t.ok(
    text.split('\n').every(line => line.length <= 80 || line.includes(CAPTURE)),
    'no line is longer than a terminal is wide',
  )
  t.match(text, /^Number of processed packets: 693$/m)
  t.match(text, /^payloadDumper: Number of non zero content dumped flows: 47 \[74\.60%\]$/m)
  t.notOk(text.includes('\u001b'), 'no colours where there is no terminal')
  const coloured = shell('pldump --color always -w out "$CAPTURE"', cwd).stdout
  t.ok(coloured.includes('\u001b[1mpayloadDumper\u001b[0m: Agg'), 'colours where they are asked for')
  const facts = JSON.parse(shell('pldump --report json -w out "$CAPTURE"', cwd).stdout) as ReportFacts
  t.match(facts, { completed: 1, aggPldStat: '0x03', stages: { sink: { files: 47 }, flow: { flows: 63 } } })
  t.equal(shell('pldump --report none -w out "$CAPTURE"', cwd).stdout, '')
  t.end()
})

/** How many lines of the originals' reports ours has word for word; to be raised by hand. */
const SAME_LINES = 3423

t.test(
  'against the reports of the original',
  { skip: !hasSharedCaptures && 'needs the shared captures' },
  async t => {
    const folder = join(GOLDENS, 'open')
    let all = 0
    let same = 0
    for (const name of readdirSync(folder)) {
      const original = reportLines(readFileSync(join(folder, name, 'report.txt'), 'utf8'))
      const capture = sharedCapture(name)
      if (original.length === 0 || !existsSync(capture)) continue
      const gatherer = new ReportGatherer()
      await dumpPayload(capture, {
        folder: join(ROOT, 'none'),
        noFiles: true,
        onRecord: record => gatherer.take(record),
      })
      const ours = new Set(endReport(gatherer.facts(RUN)).split('\n'))
      all += original.length
      same += original.filter(line => ours.has(line)).length
    }
    t.comment(`${same} of ${all} lines`)
    t.ok(same >= SAME_LINES, `${same} lines of ${all} are the same`)
  },
)
