import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Outcome, shell } from './support/bins.ts'
import { tutorialFolder } from './support/tutorial.ts'
import { printed, rowsOf } from './support/tutorial-steps.ts'

/** Walks through the tutorial: its commands in our form, one after the other in one folder, and what it prints. */

interface Step {
  what: string
  command: string
  /** What the tutorial shows behind the command. */
  shows: (t: Test, outcome: Outcome) => void
}

const folder = tutorialFolder()
const MAIL_AND_CONTROL = [...Array.from({ length: 21 }, (_, i) => 12 + i), 35]
const NAMES = ['A', 'B'].flatMap(dir => MAIL_AND_CONTROL.map(flow => `${flow}_${dir}`))

type Member = Record<string, unknown>
const records = (text: string, type: string): Member[] =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Member)
    .filter(record => record.type === type)

/** A record's member as a column shows it. */
function cell(record: Member, name: string): string {
  const value = record[name] ?? ''
  return Array.isArray(value) ? value.join(';') : String(value)
}

/** pktTrip is exact here; the tutorial's last digit is that of a 32-bit float. */
const near = (a: string, b: string): boolean => Math.abs(Number(a) - Number(b)) < 1.5e-6

const steps: Step[] = [
  {
    what: 'the run: FTP and SMTP only',
    command: 'pldump --tcp-ports 25,21 faf-exercise.pcap -w results --json',
    shows(t, { stdout }) {
      const flows = records(stdout, 'flow')
      t.equal(flows.length, 73)
      for (const row of rowsOf(printed('flows.txt'))) {
        const flow = flows.find(flow => flow.dir === row.dir && String(flow.flowInd) === row.flowInd)!
        for (const [name, value] of Object.entries(row)) {
          if (!/CC$|Org$/.test(name)) t.equal(cell(flow, name), value, `${row.flowInd} ${row.dir}: ${name}`)
        }
      }
      const dumped = flows.filter(flow => Number(flow.pldStat) & 0x02)
      t.same(dumped.map(flow => `${flow.flowInd}_${flow.dir}`).sort(), [...NAMES].sort())
    },
  },
  {
    what: 'the packets',
    command: 'pcap2json faf-exercise.pcap | flowtag | pldsink -o packets --tcp-ports 25,21 --packets',
    shows(t, { stdout }) {
      const packets = new Map(records(stdout, 'packet').map(packet => [String(packet.pktNo), packet]))
      t.equal(packets.size, 5902)
      for (const row of rowsOf(printed('packets.txt'))) {
        const packet = packets.get(row.pktNo!)!
        for (const [name, value] of Object.entries(row)) {
          if (/CC$|Org$|l7Content/.test(name)) continue
          const ours = cell(packet, name)
          const same = name === 'pktTrip' ? near(ours, value) : ours === value
          t.ok(same, `${row.pktNo}: ${name} ${value}`, { ours })
        }
        const payload = Buffer.from(String(packet.payload ?? ''), 'base64').toString('latin1')
        t.equal(
          payload.replaceAll('\r', '\\r').replaceAll('\n', '\\n'),
          row.l7Content,
          `${row.pktNo}: payload`,
        )
      }
    },
  },
  {
    what: 'the files',
    command: 'cd results/payload && ls',
    shows(t, { stdout }) {
      t.same(stdout.trim().split('\n').sort(), [...NAMES].sort())
    },
  },
  {
    what: 'one of them',
    command: 'cat results/payload/35_A',
    shows(t, { stdout }) {
      t.equal(
        createHash('sha256').update(stdout).digest('hex'),
        '9ab8ee2457ae1cced02557268dff2de2fad1517b9c0b4fe984d887a61c4c7109',
      )
      t.same(stdout.split('\r\n'), [
        'USER anonymous',
        'PASS IEUser@',
        'TYPE I',
        'PASV',
        'SIZE /video/R79733.EXE',
        'RETR /video/R79733.EXE',
        '',
      ])
    },
  },
  {
    what: 'homework: the mail that can be read',
    command: 'cat results/payload/28_A',
    shows(t, { stdout }) {
      t.match(stdout, /^EHLO desk102\r\nMAIL FROM:<.*>\r\nRCPT TO:<.*>\r\nDATA\r\n/)
    },
  },
  {
    what: 'homework: names as those of tcpflow',
    command: 'pldump -q --names 1 --tcp-ports 25,21 faf-exercise.pcap -w named && ls named/payload',
    shows(t, { stdout }) {
      const names = stdout.trim().split('\n')
      t.equal(names.length, 44)
      t.ok(names.includes('192.168.001.105.49329-143.166.011.010.00021-6'))
    },
  },
  {
    what: 'homework: other ports',
    command: 'pldump -q --tcp-ports 80 faf-exercise.pcap -w web && ls web/payload',
    shows(t, { stdout }) {
      const web = [...Array.from({ length: 11 }, (_, i) => i + 1), 33]
      t.same(stdout.trim().split('\n').sort(), web.flatMap(flow => [`${flow}_A`, `${flow}_B`]).sort())
      t.match(readFileSync(join(folder, 'web/payload/1_A'), 'latin1'), /^GET \S+ HTTP\/1\.1\r\n/)
    },
  },
]

for (const { what, command, shows } of steps) {
  t.test(`${what}: ${command}`, async t => {
    const outcome = shell(command, folder)
    t.equal(outcome.code, 0, outcome.stderr)
    shows(t, outcome)
  })
}
