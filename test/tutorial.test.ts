import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Outcome, ROOT, shell } from './support/bins.ts'
import { buildMmdb } from './support/mmdb.ts'
import { tutorialFolder } from './support/tutorial.ts'
import { differences, missingFrom, printed, rowsOf } from './support/tutorial-steps.ts'

/** Walks through the tutorial: its commands in our form, one after the other in one folder, and what it prints. */

interface Step {
  what: string
  command: string
  code?: number
  /** What the tutorial shows behind the command. */
  shows: (t: Test, outcome: Outcome) => void
}

const folder = tutorialFolder()
const MAIL_AND_CONTROL = [...Array.from({ length: 21 }, (_, i) => 12 + i), 35]
const NAMES = ['A', 'B'].flatMap(dir => MAIL_AND_CONTROL.map(flow => `${flow}_${dir}`)).sort()
const WEB = [...Array.from({ length: 11 }, (_, i) => 1 + i), 33]
const CONTROL_A = [
  'USER anonymous',
  'PASS IEUser@',
  'TYPE I',
  'PASV',
  'SIZE /video/R79733.EXE',
  'RETR /video/R79733.EXE',
]

type Member = Record<string, unknown>
const records = (text: string, type: string): Member[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Member)
    .filter(record => record.type === type)

/** Records as rows of text, without labels of addresses. */
const asRows = (some: Member[]): Record<string, string>[] =>
  some.map(record =>
    Object.fromEntries(
      Object.entries({ ethVlanID: '', ...record }).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(';') : String(value),
      ]),
    ),
  )
const unlabelled = (found: ReturnType<typeof differences>): ReturnType<typeof differences> =>
  found.filter(({ column }) => !/CC$|Org$/.test(column))

const flowKey = (row: Record<string, string>): string => `${row.flowInd}_${row.dir}`
const packetKey = (row: Record<string, string>): string => String(row.pktNo)
const lines = (text: string): string[] => text.replace(/\n$/, '').split('\n')
const own = (name: string): string[] => lines(readFileSync(join(folder, name), 'latin1'))

/** The report's lines without what a run measures of itself. */
const reportLines = (text: string): string[] =>
  lines(text).map(line => line.replace(/^(Finished .*: |Memory usage: ).*/, '$1(any)'))

const steps: Step[] = [
  {
    what: 'the flags and their defaults',
    command: 'pldump --reset --print-config',
    shows(t, { stdout }) {
      const settings = lines(stdout).map(line => line.replace(/^# /, '').replace(/\s+#.*/, ''))
      const flags = ['L2 = 0', 'TCP = 1', 'UDP = 1', 'SCTP = 0', 'ETHERTYPES = {}', 'TCP_PORTS = {}']
      flags.push('UDP_PORTS = {}', 'SCTP_PORTS = {}', 'MAX_BYTES = 0', 'START_OFF = 0', 'RMDIR = 1')
      flags.push('NAMES = 0', 'FOLDER = default', 'PREFIX = ""', 'SUFFIX = ""')
      for (const flag of flags) t.ok(settings.includes(`PLDUMP_${flag}`), flag)
    },
  },
  {
    what: 'a list of ports that a shell has split',
    command: 'pldump -D PLDUMP_TCP_PORTS=25 PLDUMP_TCP_PORTS=21 faf-exercise.pcap -w split',
    code: 2,
    shows(t, { stderr }) {
      t.match(stderr, "-D 'PLDUMP_TCP_PORTS={25,21}'")
    },
  },
  {
    what: 'FTP and SMTP only, as records',
    command: 'pldump --tcp-ports 25,21 faf-exercise.pcap -w records --json',
    shows(t, { stdout }) {
      const flows = records(stdout, 'flow')
      t.equal(flows.length, 73)
      t.same(unlabelled(differences('flows.txt', asRows(flows), flowKey)), [])
      const dumped = flows.filter(flow => Number(flow.pldStat) & 0x02)
      t.same(dumped.map(flow => `${flow.flowInd}_${flow.dir}`).sort(), NAMES)
      const goodbye = flows.find(flow => flow.flowInd === 37)!
      t.match(goodbye, { dir: 'B', pldStat: '0x01', continuationOf: 35 })
    },
  },
  {
    what: 'the packets, as records',
    command: 'pcap2json faf-exercise.pcap | flowtag | pldsink -o packets --tcp-ports 25,21 --packets',
    shows(t, { stdout }) {
      const packets = records(stdout, 'packet')
      t.equal(packets.length, 5902)
      const rows = asRows(packets).map(({ payload = '', ...row }) => ({
        ...row,
        l7Content: Buffer.from(payload, 'base64')
          .toString('latin1')
          .replaceAll('\r', '\\r')
          .replaceAll('\n', '\\n'),
      }))
      t.same(unlabelled(differences('packets.txt', rows, packetKey)), [])
    },
  },
  {
    what: 'FTP and SMTP only',
    command: 'pldump --tcp-ports 25,21 faf-exercise.pcap -w results',
    shows(t, { stdout }) {
      t.equal(missingFrom(reportLines(stdout), printed('report.txt')), undefined)
    },
  },
  {
    what: 'FTP and SMTP only, with flows and packets as text and labels',
    command: "pldump -D 'PLDUMP_TCP_PORTS={25,21}' --labels labels.mmdb -r faf-exercise.pcap -w results/ -s",
    shows(t, { stdout }) {
      t.equal(missingFrom(reportLines(stdout), printed('report.txt')), undefined)
      const flows = own('results/faf-exercise_flows.txt')
      t.equal(flows.length, 74)
      t.equal(flows[0], printed('flows.txt')[0], 'the columns')
      t.same(differences('flows.txt', rowsOf(flows), flowKey), [])
      const packets = own('results/faf-exercise_packets.txt')
      t.equal(packets.length, 5903)
      t.equal(packets[0], printed('packets.txt')[0], 'the columns')
      t.same(differences('packets.txt', rowsOf(packets), packetKey), [])
    },
  },
  {
    what: 'the same through pipes',
    command:
      'pcap2json faf-exercise.pcap | flowtag --labels labels.mmdb | pldsink -o piped/payload --tcp-ports 25,21 --packets | ' +
      'flow2txt --labels labels.mmdb -w piped/ -s && cmp piped/faf-exercise_flows.txt results/faf-exercise_flows.txt && ' +
      'cmp piped/faf-exercise_packets.txt results/faf-exercise_packets.txt',
    shows(t, { stdout }) {
      t.equal(stdout, '')
    },
  },
  {
    what: 'what 0x03 means',
    command: 'flowsel --explain pldStat=0x03',
    shows(t, { stdout }) {
      t.same(lines(stdout.trimEnd()), printed('explain.txt'))
    },
  },
  {
    what: 'the flows that were dumped',
    command: "flowsel 'bitsanyset(pldStat,0x02)' results/faf-exercise_flows.txt",
    shows(t, { stdout }) {
      const rows = lines(stdout)
      t.equal(rows.length, 45)
      t.equal(missingFrom(rows, printed('flows.txt')), undefined, 'every row that is printed, in its order')
    },
  },
  {
    what: '… in columns',
    command:
      "flowsel 'bitsanyset(pldStat,0x02)' results/faf-exercise_flows.txt | flow2txt --columns | head -n 3",
    shows(t, { stdout }) {
      const [head, first, second] = lines(stdout)
      t.match(head, /^%dir {2}flowInd {2}flowStat {12}timeFirst /)
      t.match(first, /^A {5}12 {7}0x0400000000004000 {2}1258563573\.941668 /)
      t.match(second, /^B {5}12 {7}0x0400000000004001 {2}1258563573\.941709 /)
    },
  },
  {
    what: 'the packets that were selected',
    command: "flowsel 'bitsanyset(pldStat,0x03)' results/faf-exercise_packets.txt",
    shows(t, { stdout }) {
      const rows = rowsOf(lines(stdout))
      t.same(differences('packets.txt', rows, packetKey), [])
      const numbers = rowsOf(printed('packets.txt')).map(packetKey)
      t.equal(missingFrom(rows.map(packetKey), numbers), undefined, 'in their order')
      const flows = new Set(rows.map(row => Number(row.flowInd)))
      t.same([...flows], [...MAIL_AND_CONTROL, 37], 'nothing else')
    },
  },
  {
    what: 'the files',
    command: 'cd records/payload && ls',
    shows(t, { stdout }) {
      t.same(lines(stdout).sort(), NAMES)
    },
  },
  {
    what: 'one of them',
    command: 'cat records/payload/35_A',
    shows(t, { stdout }) {
      t.same(stdout.split('\r\n'), [...CONTROL_A, ''])
      t.equal(
        createHash('sha256').update(stdout).digest('hex'),
        '9ab8ee2457ae1cced02557268dff2de2fad1517b9c0b4fe984d887a61c4c7109',
      )
    },
  },
  {
    what: 'homework: the mail that can be read',
    command: 'cat records/payload/28_A',
    shows(t, { stdout }) {
      t.match(stdout, /^EHLO desk102\r\nMAIL FROM:<.*>\r\nRCPT TO:<.*>\r\nDATA\r\n/)
    },
  },
  {
    what: 'homework: names as those of tcpflow',
    command: 'pldump -q --names 1 --tcp-ports 25,21 faf-exercise.pcap -w named && ls named/payload',
    shows(t, { stdout }) {
      t.equal(lines(stdout).length, 44)
      t.ok(lines(stdout).includes('192.168.001.105.49329-143.166.011.010.00021-6'))
    },
  },
  {
    what: 'homework: other ports',
    command: 'pldump -q --tcp-ports 80 faf-exercise.pcap -w web && ls web/payload',
    shows(t, { stdout }) {
      t.same(lines(stdout).sort(), WEB.flatMap(flow => [`${flow}_A`, `${flow}_B`]).sort())
      t.match(own('web/payload/1_A')[0], /^GET \S+ HTTP\/1\.1\r$/)
    },
  },
  {
    what: 'the dialogue',
    command: 'flowfollow -r faf-exercise.pcap 35',
    shows(t, { stdout }) {
      const said = lines(stdout).map(line => line.trimEnd())
      t.equal(missingFrom(said, ['220 Service ready', ...CONTROL_A, '226 Transfer complete.']), undefined)
      t.equal(said.length, 14)
    },
  },
  {
    what: 'back to the defaults',
    command: "PLDUMP_TCP_PORTS='{80}' pldump --reset --print-config",
    shows(t, { stdout }) {
      t.match(stdout, /^# PLDUMP_TCP_PORTS = \{\} /m)
    },
  },
]

const holder = { country: { iso_code: 'US' }, autonomous_system_organization: 'Dell' }
writeFileSync(join(folder, 'labels.mmdb'), buildMmdb([['143.166.0.0/16', holder]]))

for (const { what, command, code = 0, shows } of steps) {
  t.test(`${what}: ${command}`, async t => {
    const outcome = shell(command, folder)
    t.equal(outcome.code, code, outcome.stderr)
    shows(t, outcome)
  })
}

t.test('the commands of docs/tranalyzer.md, one after the other', async t => {
  const page = readFileSync(join(ROOT, 'docs/tranalyzer.md'), 'utf8')
  const [, section = ''] = page.split('## The tutorial, step by step')
  const commands = section.split('\n## ')[0]!.match(/(?<=^ {4}).*/gm) ?? []
  t.ok(commands.length > 12)
  const script = join(folder, 'tutorial.sh')
  writeFileSync(script, `set -e\ncd ${ROOT}\n${commands.join('\n')}\n`)
  const { code, stderr } = shell('sh tutorial.sh > said.txt', folder, { HOME: folder })
  t.equal(code, 0, stderr)
  t.equal(stderr, '')
  t.equal(missingFrom(reportLines(own('said.txt').join('\n')), printed('report.txt')), undefined)
  t.equal(missingFrom(own('said.txt'), printed('explain.txt')), undefined)
})
