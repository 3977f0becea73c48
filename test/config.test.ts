import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { parseConfig } from '../lib/cli/config-file.ts'
import { hasSettings } from '../lib/cli/has-settings.ts'
import { KNOWN_OPTIONS } from '../lib/cli/known-options.ts'
import { type Option, type OptionValue, parseArguments } from '../lib/cli/options.ts'
import { configText } from '../lib/cli/print-config.ts'
import { settingName } from '../lib/cli/setting-names.ts'
import { readSetting } from '../lib/cli/setting-values.ts'
import { optionsOf, readSettings } from '../lib/cli/settings.ts'
import { SHARED_OPTIONS } from '../lib/cli/shared-options.ts'
import { refuseSettings } from '../lib/cli/split-settings.ts'
import { PAYLOAD_OPTIONS, SINK_OPTIONS } from '../lib/cli/stage-options.ts'
import { CAPTURE, file, PATH, ROOT, shell } from './support/bins.ts'

const FOLDER: Option[] = [
  { name: 'write', short: 'w', kind: 'text', help: 'folder', setting: 'FOLDER' },
  { name: 'output', short: 'o', kind: 'text', help: 'the same', sameAs: 'write' },
]
const TABLE = [...FOLDER, ...PAYLOAD_OPTIONS, ...SINK_OPTIONS, ...SHARED_OPTIONS]

type ErrorMatch = Exclude<Parameters<typeof t.throws>[1], string | undefined>

const folder = mkdtempSync(join(tmpdir(), 'pldpipe-config-'))
let files = 0
const config = (text: string): string => file(folder, `${++files}.conf`, text)

/** What these words set, without what names the sources. */
function set(
  words: string[],
  environment: Record<string, string> = {},
): Record<string, OptionValue | undefined> {
  const { define, config, reset, ...options } = optionsOf(readSettings(words, TABLE, environment))
  return options
}

t.test('the flags of the original, in each of the four ways', async t => {
  for (const [name, text, option, value] of [
    ['PLDUMP_L2', '1', 'l2', true],
    ['PLDUMP_TCP', '0', 'tcp', false],
    ['PLDUMP_UDP', 'no', 'udp', false],
    ['PLDUMP_SCTP', 'yes', 'sctp', true],
    ['PLDUMP_ETHERTYPES', '{0x2000,0x2003}', 'ethertypes', [0x2000, 0x2003]],
    ['PLDUMP_TCP_PORTS', '{25, 21}', 'tcp-ports', [25, 21]],
    ['PLDUMP_UDP_PORTS', '53', 'udp-ports', [53]],
    ['PLDUMP_SCTP_PORTS', '{ 38412 }', 'sctp-ports', [38412]],
    ['PLDUMP_MAX_BYTES', '100', 'max-bytes', 100],
    ['PLDUMP_START_OFF', '0x10', 'start-offset', 16],
    ['PLDUMP_RMDIR', '0', 'clean', false],
    ['PLDUMP_NAMES', '1', 'names', '1'],
    ['PLDUMP_FOLDER', '"/tmp/payloadDumper"', 'write', '/tmp/payloadDumper'],
    ['PLDUMP_PREFIX', '""', 'prefix', undefined],
    ['PLDUMP_FOLDER', '', 'write', undefined],
    ['PLDUMP_SUFFIX', '.bin', 'suffix', '.bin'],
    // what the original does not have goes by the name of its option
    ['PLDUMP_OVERLAP', 'bsd', 'overlap', 'bsd'],
    ['PLDUMP_GAP', '"marker"', 'gap', 'marker'],
    ['PLDUMP_START_OFFSET', '3', 'start-offset', 3],
    ['PLDUMP_CLEAN', 'off', 'clean', false],
    ['PLDUMP_KEEP', '1', 'clean', false],
    ['PLDUMP_OUTPUT', 'x', 'write', 'x'],
    ['PLDUMP_PROTOS', '{gre,esp}', 'protos', [47, 50]],
    ['PLDUMP_SRC_HOSTS', '{10.0.0.0/8,::1}', 'src-hosts', ['10.0.0.0/8', '::1']],
  ] as const) {
    const expected = { [option]: value }
    t.same(set(['-D', `${name}=${text}`]), expected, `-D ${name}=${text}`)
    t.same(set([`--define=${name}=${text}`]), expected, `--define ${name}`)
    t.same(set([], { [name]: text }), expected, `${name} in the environment`)
    t.same(set(['--config', config(`${name} = ${text}\n`)]), expected, `${name} in a file`)
    const bare = name.slice('PLDUMP_'.length)
    for (const other of [bare, bare.toLowerCase(), bare.toLowerCase().replaceAll('_', '-')])
      t.same(set(['--config', config(`${other}=${text}`)]), expected, `${other} in a file`)
  }
})

t.test('the command line, then the environment, then the file, then the default', async t => {
  const environment = { PLDUMP_MAX_BYTES: '2', PLDUMP_GAP: 'skip', PLDUMP_UDP: '0' }
  const path = config('max-bytes = 3\nPLDUMP_GAP = marker\nPLDUMP_L2 = yes\nPLDUMP_TCP_PORTS = {25,21}\n')
  const rest = { gap: 'skip', udp: false, l2: true, 'tcp-ports': [25, 21] }
  t.same(set(['--config', path], environment), { ...rest, 'max-bytes': 2 })
  t.same(set(['--config', path, '--max-bytes', '1'], environment), { ...rest, 'max-bytes': 1 })
  t.same(set(['-D', 'MAX_BYTES=1', '--config', path], environment), { ...rest, 'max-bytes': 1 })
  t.same(set([], { ...environment, PLDPIPE_CONFIG: path }), { ...rest, 'max-bytes': 2 })
  t.same(set(['--config', config('')], { PLDPIPE_CONFIG: path }), {}, '--config goes before PLDPIPE_CONFIG')
  t.same(set(['--reset', '--config', path, '-D', 'GAP=zero'], environment), { gap: 'zero' }, '--reset')
  t.same(set(['-D', 'GAP=default', '--config', path], environment).gap, undefined, 'default is the default')
  t.same(set(['--tcp-ports', '{}', '--config', path]), {
    l2: true,
    gap: 'marker',
    'max-bytes': 3,
    'tcp-ports': [],
  })
})

t.test('of the command line the later word holds', async t => {
  t.same(set(['--max-bytes', '1', '-D', 'PLDUMP_MAX_BYTES=2']), { 'max-bytes': 2 })
  t.same(set(['-D', 'PLDUMP_MAX_BYTES=2', '--max-bytes', '1', 'a.pcap']), { 'max-bytes': 1 })
  t.same(set(['-DPLDUMP_UDP=0', '-D', 'UDP=1', '--no-udp', '-DPLDUMP_UDP=1']), { udp: true })
  t.same(set(['--keep', '-D', 'RMDIR=1']), { clean: true })
  t.same(set(['--clean', '--keep']), { clean: false })
  t.same(set(['--keep', '--clean']), { clean: true })
  t.same(set(['-w', 'a', '-o', 'b']), { write: 'b' })
  t.same(set(['-o', 'b', '--write', 'a']), { write: 'a' })
  t.same(set(['-qD', 'GAP=skip', '--gap', 'marker']), { quiet: true, gap: 'marker' })
  t.same(set(['--gap', 'skip', '--', '-D', 'GAP=zero']), { gap: 'skip' }, 'behind -- nothing is set')
})

t.test('configuration files', async t => {
  const text = [
    '\ufeff# :name: payloadDumper',
    '% a comment',
    '',
    '  PLDUMP_L2=yes  ',
    'PLDUMP_PREFIX = "a # b \\" c" # comment',
    'names = %A#1 # comment\r',
    'suffix =',
    'gap = # nothing',
  ]
  t.same(parseConfig(text.join('\n'), 'x'), [
    { name: 'PLDUMP_L2', value: 'yes', line: 4 },
    { name: 'PLDUMP_PREFIX', value: '"a # b \\" c"', line: 5 },
    { name: 'names', value: '%A#1', line: 6 },
    { name: 'suffix', value: '', line: 7 },
    { name: 'gap', value: '', line: 8 },
  ])
  for (const line of ['PLDUMP_L2', '= 1', '#define PLDUMP_L2 1\nPLDUMP_L2 1', '1 = 2', '{"l2": true}']) {
    t.throws(
      () => parseConfig(line, 'x'),
      { code: 'ERR_SETTING', file: 'x', line: line.split('\n').length },
      line,
    )
  }
})

t.test('what is wrong is refused with its place', async t => {
  const all = /there are PLDUMP_FOLDER, PLDUMP_L2, PLDUMP_TCP, .*PLDUMP_START_OFF, .*PLDUMP_RMDIR, /
  const refused = (words: string[], environment: Record<string, string>, error: ErrorMatch): void => {
    t.throws(() => readSettings(words, TABLE, environment), error, JSON.stringify([words, environment]))
  }
  const inFile = { code: 'ERR_SETTING', exitCode: 2, file: /\.conf$/ }
  refused(
    ['-D', 'PLDUMP_NAME=1'],
    {},
    { code: 'ERR_USAGE', message: /^unknown setting PLDUMP_NAME; there are / },
  )
  refused(['-D', 'PLDUMP_NAME=1'], {}, { message: all })
  refused(
    [],
    { PLDUMP_NAME: '1' },
    { code: 'ERR_SETTING', message: /^environment: unknown setting PLDUMP_NAME; / },
  )
  refused(['--config', config('\nname = 1')], {}, { ...inFile, line: 2, message: /^unknown setting name; / })
  for (const [name, text, message] of [
    ['PLDUMP_TCP_PORTS', '{25,http}', 'takes a number from 0 to 65535; not "http"'],
    ['PLDUMP_TCP_PORTS', '{25,70000}', 'takes a number from 0 to 65535; not "70000"'],
    ['PLDUMP_TCP_PORTS', '{25,21', 'takes a number from 0 to 65535; not "{25"'],
    ['PLDUMP_UDP', '2', 'takes 1, 0, yes, no or default; not "2"'],
    ['PLDUMP_UDP', '', 'takes 1, 0, yes, no or default; not ""'],
    ['PLDUMP_GAP', 'hole', 'takes zero, skip, marker; not "hole"'],
    ['PLDUMP_MAX_BYTES', 'all', 'takes a number from 0 on; not "all"'],
    ['PLDUMP_MAX_BYTES', '', 'needs a value'],
    ['PLDUMP_PREFIX', '"x', 'has quotes that do not fit: "x'],
    [
      'PLDUMP_HOSTS',
      '{10.0.0.1/8}',
      /takes addresses and networks, .*; not "10.0.0.1\/8", which is not the first/,
    ],
  ] as const) {
    const told = (prefix: string): string | RegExp =>
      typeof message === 'string' ? `${prefix}${name} ${message}` : message
    refused(['-D', `${name}=${text}`], {}, { code: 'ERR_USAGE', exitCode: 2, message: told('-D ') })
    refused([], { [name]: text }, { code: 'ERR_SETTING', exitCode: 2, message: told('environment: ') })
    refused(['--config', config(`${name} = ${text}`)], {}, { ...inFile, line: 1, message: told('') })
  }
  for (const words of [['-D', 'GAP'], ['-D', '=1'], ['-D=GAP=zero'], ['--define', 'PLDUMP_L2 1']])
    refused(words, {}, { code: 'ERR_USAGE', message: /^-D takes NAME=VALUE; not / })
  refused(['-D'], {}, { code: 'ERR_USAGE', message: '--define needs a value, SETTING' })
  refused(
    ['-D', 'COUNT=1'],
    {},
    { code: 'ERR_USAGE', message: /^COUNT is a setting of other programs; here are / },
  )
  refused(['-D', 'HELP=1'], {}, { message: /^unknown setting HELP; / })
  refused(['-D', 'CONFIG=x'], {}, { message: /^unknown setting CONFIG; / })
  refused(['--config', join(folder, 'none')], {}, { code: 'ERR_OPEN', exitCode: 2, file: /none$/ })
  refused(['--config', folder], {}, { code: 'ERR_OPEN', exitCode: 2 })
})

t.test('operands that were meant to be settings', async t => {
  const message = (words: string[]): string | undefined => {
    try {
      refuseSettings(words, parseArguments(words, TABLE))
      return undefined
    } catch (error) {
      return (error as Error).message
    }
  }
  const split = 'PLDUMP_TCP_PORTS=21 is no file: the shell has split a list; put it in quotes, -D '
  t.equal(message(['-D', 'PLDUMP_TCP_PORTS=25', 'PLDUMP_TCP_PORTS=21']), `${split}'PLDUMP_TCP_PORTS={25,21}'`)
  t.equal(
    message(['a.pcap', '-D', 'PLDUMP_TCP_PORTS=25', 'PLDUMP_TCP_PORTS=21', 'PLDUMP_TCP_PORTS=80']),
    `${split}'PLDUMP_TCP_PORTS={25,21,80}'`,
  )
  t.equal(message(['PLDUMP_L2=1']), "PLDUMP_L2=1 is no file: settings need -D, -D 'PLDUMP_L2=1'")
  for (const words of [['a=b'], ['./A=b'], ['A==b'], ['-D', 'L2=1', '--', 'A=b'], ['tcp[13] = 2'], ['A']])
    t.equal(message(words), undefined, words.join(' '))
})

t.test('plain command lines need no settings', async t => {
  t.equal(hasSettings({ quiet: true }, { HOME: '/', PLDPIPE_DEBUG: '1' }), false)
  for (const name of ['define', 'config', 'print-config'])
    t.equal(hasSettings({ [name]: 'x' }, {}), true, name)
  for (const name of ['PLDUMP_X', 'PLDPIPE_CONFIG']) t.equal(hasSettings({}, { [name]: '' }), true, name)
})

t.test('options that can be repeated keep all of their values', async t => {
  const table: Option[] = [{ name: 'more', kind: 'texts', help: 'more' }, ...SHARED_OPTIONS]
  const words = ['--more', 'a', '-D', 'QUIET=1', '--more', 'b', '--more', 'c']
  t.same(optionsOf(readSettings(words, table, { PLDUMP_QUIET: '0' })).more, ['a', 'b', 'c'])
  t.same(optionsOf(readSettings([], table, { PLDUMP_MORE: 'd' })).more, ['d'])
})

t.test('what concerns another bin is left to it', async t => {
  const path = config('decap = nonsense\nPLDUMP_FLOW_TIMEOUT = 60\nPLDUMP_GAP = skip\n')
  t.same(set(['--config', path], { PLDUMP_COUNT: 'many' }), { gap: 'skip' })
})

function valuesOf({ kind, min = 0, max = 1e6, choices = [] }: Option): fc.Arbitrary<OptionValue> {
  const number = fc.integer({ min, max })
  switch (kind) {
    case 'flag':
      return fc.boolean()
    case 'number':
      return number
    case 'numbers':
      return fc.array(number, { minLength: 1 })
    case 'choice':
      return fc.constantFrom(...choices)
    case 'names':
      return fc.array(fc.constantFrom(...choices), { minLength: 1 })
    case 'networks':
      return fc.array(fc.constantFrom('10.0.0.0/8', '::1', '2001:db8::/32'), { minLength: 1 })
    default:
      return fc.string({ unit: 'binary', minLength: 1 })
  }
}

t.test('a value that is printed is read as what it was', async t => {
  for (const option of TABLE) {
    if (option.kind === 'texts') continue
    const values = valuesOf(option)
    const property = fc.property(values, value => {
      const text = configText('x', [option], new Map([[option.name, { value, origin: 'here # and there' }]]))
      const lines = parseConfig(text, 'x')
      if (option.setting === false || option.sameAs !== undefined) return lines.length === 0
      const { name, value: found } = lines[0]!
      t.equal(name, settingName(option))
      return JSON.stringify(readSetting(option, found, name)) === JSON.stringify(value)
    })
    t.doesNotThrow(() => fc.assert(property, { numRuns: 20 }), option.name)
  }
})

t.test('what is printed of defaults sets nothing else, if it is made to set something', async t => {
  const none = configText('x', TABLE, new Map())
  t.same(parseConfig(none, 'x'), [])
  const options = set(['--config', config(none.replaceAll('# PLDUMP', 'PLDUMP'))])
  t.same(Object.keys(options).length, TABLE.filter(row => row.setting !== false && !row.sameAs).length)
  t.match(options, {
    l2: false,
    tcp: true,
    udp: true,
    clean: true,
    'max-bytes': 0,
    overlap: 'first',
  })
  for (const name of ['tcp-ports', 'hosts', 'write', 'prefix']) t.equal(options[name], undefined, name)
  const taken = configText('x', TABLE, new Map([['gap', { value: undefined, origin: 'command line' }]]))
  t.match(taken, /^# PLDUMP_GAP = zero +# default, by command line$/m)
})

t.test('one file serves all bins', async t => {
  const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { bin: object }
  const bins = Object.keys(bin)
  const printed = (name: string, env: Record<string, string>): string => {
    const { stdout, stderr, code } = shell(`${name} --print-config`, folder, env)
    t.equal(stderr, '', name)
    t.equal(code, 0, name)
    return stdout
  }
  const names = new Set<string>()
  for (const name of bins) {
    for (const [, setting] of printed(name, {}).matchAll(/^# (PLDUMP_\w+) = /gm)) names.add(setting!)
  }
  // what fails here has to be put into the table of all options
  for (const name of names) {
    const known = KNOWN_OPTIONS.some(option => settingName(option) === name)
    t.ok(known, `${name} is in KNOWN_OPTIONS`)
  }
  const everything = config([...names].map(name => `${name} = default\n`).join(''))
  for (const name of bins)
    t.match(printed(name, { PLDPIPE_CONFIG: everything }), / = .*by .*\.conf:\d+$/m, name)
})

t.test('a list that bash has split is refused with its quotes', { skip: noBash() }, async t => {
  const bash = (command: string): { stderr: string; status: number | null } =>
    spawnSync('bash', ['-c', `unset NODE_OPTIONS; ${command}`], {
      cwd: folder,
      env: { ...process.env, PATH, CAPTURE },
      encoding: 'utf8',
    })
  const { stderr, status } = bash('pldump -D PLDUMP_TCP_PORTS={25,21} $CAPTURE')
  t.equal(status, 2)
  t.equal(
    stderr.split('\n')[0],
    "pldump: PLDUMP_TCP_PORTS=21 is no file: the shell has split a list; put it in quotes, -D 'PLDUMP_TCP_PORTS={25,21}'",
  )
  const quoted = bash('pldump -D PLDUMP_TCP_PORTS="{25,21}" --print-config')
  t.equal(quoted.stderr, '')
  t.equal(quoted.status, 0)
})

function noBash(): string | false {
  return spawnSync('bash', ['-c', 'true']).status !== 0 && 'needs bash'
}
