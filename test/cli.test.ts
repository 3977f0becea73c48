import t from 'tap'
import { helpText } from '../lib/cli/help.ts'
import { Messages } from '../lib/cli/messages.ts'
import { type Option, parseArguments } from '../lib/cli/options.ts'
import { progressText } from '../lib/cli/progress.ts'
import { PldError } from '../lib/errors.ts'

const TABLE: Option[] = [
  { name: 'output', short: 'o', kind: 'text', value: 'DIR', help: 'folder' },
  { name: 'count', kind: 'number', min: 1, max: 1000, help: 'packets' },
  { name: 'tcp-ports', kind: 'numbers', max: 0xffff, help: 'ports' },
  { name: 'names', kind: 'choice', choices: ['0', '1'], help: 'names' },
  { name: 'decap', kind: 'names', value: 'NAMES', choices: ['none', 'gre', 'gtp'], help: 'open' },
  { name: 'udp', kind: 'flag', help: 'udp', default: 'on' },
  { name: 'clean', kind: 'flag', opposite: 'keep', help: 'replace' },
  { name: 'quiet', short: 'q', kind: 'flag', help: 'quiet' },
]

for (const [line, options, operands] of [
  ['', {}, []],
  ['a.pcap b.pcap', {}, ['a.pcap', 'b.pcap']],
  ['-', {}, ['-']],
  ['10 0x10', {}, ['10', '0x10']],
  ['-o out a.pcap', { output: 'out' }, ['a.pcap']],
  ['--output=out', { output: 'out' }, []],
  ['-oout', { output: 'out' }, []],
  ['--output a --output b', { output: 'b' }, []],
  ['--count 7 a', { count: 7 }, ['a']],
  ['--tcp-ports 25,21', { 'tcp-ports': [25, 21] }, []],
  ['--tcp-ports {25,21}', { 'tcp-ports': [25, 21] }, []],
  ['--tcp-ports 0x50', { 'tcp-ports': [80] }, []],
  ['--names 1', { names: '1' }, []],
  ['--decap gtp,gre', { decap: ['gtp', 'gre'] }, []],
  ['--decap=none', { decap: ['none'] }, []],
  ['--udp', { udp: true }, []],
  ['--no-udp a', { udp: false }, ['a']],
  ['--keep', { clean: false }, []],
  ['-q a', { quiet: true }, ['a']],
  ['-- -q --udp', {}, ['-q', '--udp']],
] as const) {
  t.same(parseArguments(line === '' ? [] : line.split(' '), TABLE), { options, operands }, `reads: ${line}`)
}

for (const [line, message] of [
  ['--colour', 'unknown option --colour'],
  ['--no-tcp', 'unknown option --no-tcp'],
  ['-x', 'unknown option -x'],
  ['--count many', '--count takes a number from 1 to 1000; not "many"'],
  ['--count 0', '--count takes a number from 1 to 1000; not "0"'],
  ['--tcp-ports 25,http', '--tcp-ports takes a number from 0 to 65535; not "http"'],
  ['--tcp-ports 70000', '--tcp-ports takes a number from 0 to 65535; not "70000"'],
  ['--names 3', '--names takes 0, 1; not "3"'],
  ['--decap gre,vpn', '--decap takes none, gre, gtp; not "vpn"'],
  ['--decap gre,', '--decap takes none, gre, gtp; not ""'],
  ['-o', '--output needs a value, DIR'],
] as const) {
  t.throws(() => parseArguments(line.split(' '), TABLE), { code: 'ERR_USAGE', message }, `refuses: ${line}`)
}

t.test('help fits 80 columns and names every option', t => {
  const help = helpText({
    name: 'bin',
    synopsis: '[option…]',
    purpose: 'Does it. '.repeat(20),
    options: TABLE,
    examples: ['bin x'],
  })
  for (const line of help.split('\n')) t.ok(line.length <= 80, line)
  for (const { name } of TABLE) t.match(help, `--${name}`)
  t.match(help, '--keep for the contrary')
  t.match(help, '--decap NAMES       open: none, gre, gtp')
  t.end()
})

t.test('messages: place, count of a kind, exit code', t => {
  const lines: string[] = []
  const messages = new Messages('bin', {}, line => lines.push(line))
  messages.note({ type: 'note', level: 'warning', code: 'odd', message: 'odd', file: 'a.pcap', pktNo: 3 })
  t.equal(messages.exitCode, 0)
  for (let line = 1; line <= 25; line++) {
    messages.note({ type: 'note', level: 'error', code: 'bad-line', message: 'no JSON', file: '-', line })
  }
  messages.close()
  t.equal(messages.exitCode, 1)
  t.equal(lines[0], 'bin: a.pcap: packet 3: odd\n')
  t.equal(lines[1], 'bin: standard input: line 1: no JSON\n')
  t.equal(lines.length, 1 + 20 + 1)
  t.equal(lines.at(-1), 'bin: 5 more messages of the kind bad-line\n')
  messages.error(new PldError('ERR_OPEN', 'cannot be opened', { file: 'b' }))
  t.equal(messages.exitCode, 2)
  t.end()
})

t.test('messages: strict makes warnings count, quiet hides them', t => {
  const lines: string[] = []
  const messages = new Messages('bin', { quiet: true, strict: true }, line => lines.push(line))
  messages.note({ type: 'note', level: 'warning', code: 'odd', message: 'odd' })
  t.same(lines, [])
  t.equal(messages.exitCode, 1)
  messages.error(new Error('boom'))
  t.same(lines, ['bin: boom\n'])
  t.end()
})

t.test('progress tells bytes, share, rate and time left', t => {
  t.equal(
    progressText({ bytesRead: 25e6, bytesTotal: 100e6 }, 0.5),
    '25.0 MB of 100.0 MB, 25 %, 50.0 MB/s, 2 s left',
  )
  t.equal(progressText({ bytesRead: 25e6 }, 0.5), '25.0 MB, 50.0 MB/s')
  t.equal(progressText({ bytesRead: 0, bytesTotal: 10 }, 0), '0.0 MB of 0.0 MB, 0 %, 0.0 MB/s')
  t.end()
})
