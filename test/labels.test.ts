import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { BuiltInLabels, type IpLabels, openLabels } from '../lib/index.ts'
import { parseIPv4, parseIPv6 } from '../lib/ip-text.ts'
import { IPV4_NETWORKS, IPV6_NETWORKS } from '../lib/labels/special-networks.ts'
import { shell } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { conversation } from './support/conversation.ts'
import { buildMmdb, type MmdbEntry, type MmdbOptions } from './support/mmdb.ts'

/** The label of an address in the middle of other words, as it stands in columns. */
function labelOf(labels: IpLabels, address: string): string {
  const words = address.includes(':') ? parseIPv6(address)! : [parseIPv4(address)!, 1, 2, 3]
  const { cc, org } = labels.label(words[1] === 1 ? 4 : 6, Uint32Array.of(9, 9, 9, 9, ...words, 9), 4)
  return `${cc} ${org}`
}

const COUNTRIES: MmdbEntry[] = [
  ['143.166.0.0/16', { country_code: 'US' }],
  [
    '81.2.69.0/24',
    { country: { iso_code: 'GB', names: { en: 'United Kingdom' } }, traits: { isp: 'Andrews' } },
  ],
  ['5.0.0.0/8', { registered_country: { iso_code: 'SE' } }],
  ['192.168.0.0/16', { country_code: 'AU' }],
  ['2a02:e180::/32', { country: 'Germany', country_code: 'DE' }],
]
const HOLDERS: MmdbEntry[] = [
  ['143.166.0.0/16', { autonomous_system_number: 3614, autonomous_system_organization: 'Dell' }],
  ['81.2.0.0/16', { isp: 'Never', organization: 'Andrews & Arnold\tLtd\n' }],
  ['9.9.9.0/24', { as_name: `Quad "${'9'.repeat(300)}"` }],
]

t.test('special networks have their codes and names', t => {
  const labels = new BuiltInLabels()
  const cases: Record<string, string> = {
    '192.168.1.103': '07 Private network',
    '10.255.255.255': '07 Private network',
    '172.16.0.0': '07 Private network',
    '172.31.255.255': '07 Private network',
    '172.32.0.0': '- -',
    '100.64.0.1': '20 Shared address space',
    '100.128.0.0': '- -',
    '127.8.8.8': '01 Loopback',
    '169.254.1.1': '02 Link-local',
    '198.19.255.255': '08 Benchmark testing subnets',
    '224.0.0.251': '10 mDNS',
    '224.0.0.250': '10 Multicast',
    '239.255.255.250': '10 Organization-Local Scope',
    '255.255.255.254': '24 Reserved',
    '255.255.255.255': '11 Broadcast',
    '8.8.8.8': '- -',
    '::': '00 Unspecified',
    '::1': '01 Loopback',
    '::2': '- -',
    '::ffff:10.0.0.1': '61 IPv4 mapped',
    'fe80::1': '02 Link-local',
    'fd00::1': '07 Unique local',
    'fec0::1': '- -',
    'ff02::1': '10 All Nodes Address',
    'ff02::1:ff12:3456': '10 Solicited node Link-local',
    'ff0e::9': '10 Multicast',
    '2001:db8:ffff::1': '27 doc and example source',
    '2001::7': '64 Teredo',
    '2001:4860::8888': '- -',
    '2002:102:304::1': '65 6to4 (deprecated)',
  }
  for (const [address, label] of Object.entries(cases)) t.equal(labelOf(labels, address), label, address)
  t.end()
})

t.test('every special network holds the addresses in it, but for those of longer prefixes', t => {
  const labels = new BuiltInLabels()
  const bitsOf = (words: readonly number[]): string =>
    words.map(word => (word >>> 0).toString(2).padStart(32, '0')).join('')
  for (const [family, table] of [
    [4, IPV4_NETWORKS],
    [6, IPV6_NETWORKS],
  ] as const) {
    const networks = table.map(([prefix, cc, org]) => {
      const [address, length] = prefix.split('/') as [string, string]
      const words = family === 4 ? [parseIPv4(address)!] : parseIPv6(address)!
      t.notMatch(bitsOf(words).slice(Number(length)), '1', `${prefix} is a network`)
      return { bits: bitsOf(words).slice(0, Number(length)), cc, org }
    })
    const word = fc.nat(0xffffffff)
    const address = fc
      .tuple(
        fc.constantFrom('', ...networks.map(({ bits }) => bits)),
        fc.array(word, { minLength: 4, maxLength: 4 }),
      )
      .map(([bits, words]) => (bits + bitsOf(words)).slice(0, family === 4 ? 32 : 128))
    fc.assert(
      fc.property(address, bits => {
        const words = Uint32Array.from(bits.match(/.{32}/g)!, part => Number.parseInt(part, 2))
        const [longest] = networks
          .filter(network => bits.startsWith(network.bits))
          .sort((a, b) => b.bits.length - a.bits.length)
        const { cc, org } = labels.label(family, words, 0)
        return cc === (longest?.cc ?? '-') && org === (longest?.org ?? '-')
      }),
      { numRuns: 500 },
    )
  }
  t.end()
})

t.test('databases tell the rest, each what those before it do not know', t => {
  const folder = t.testdir()
  const file = (name: string, entries: MmdbEntry[], options?: MmdbOptions): string => {
    writeFileSync(join(folder, name), buildMmdb(entries, options))
    return join(folder, name)
  }
  const countries = file('countries.mmdb', COUNTRIES)
  for (const recordSize of [24, 28, 32] as const) {
    const holders = file(`holders-${recordSize}.mmdb`, HOLDERS, { ipVersion: 4, recordSize })
    const both = openLabels([countries, holders])
    t.equal(labelOf(both, '143.166.11.10'), 'us Dell')
    t.equal(labelOf(both, '81.2.69.142'), 'gb Andrews')
    t.equal(labelOf(both, '81.2.70.1'), '- Andrews & Arnold Ltd')
    t.equal(labelOf(both, '5.1.2.3'), 'se -')
    t.equal(labelOf(both, '2a02:e180::1'), 'de -')
    t.equal(labelOf(both, '2a02:e181::1'), '- -')
    t.equal(labelOf(both, '192.168.1.1'), '07 Private network', 'special networks come first')
    t.equal(labelOf(both, '1.1.1.1'), '- -')
    t.equal(labelOf(openLabels([holders, countries]), '81.2.69.142'), 'gb Andrews & Arnold Ltd')
  }
  const labels = openLabels([countries])
  const words = (address: string): Uint32Array => Uint32Array.of(parseIPv4(address)!)
  t.equal(
    labels.label(4, words('143.166.0.1'), 0),
    labels.label(4, words('143.166.0.2'), 0),
    'one object a label',
  )
  t.end()
})

t.test('what is no database is refused before anything is written', t => {
  const folder = t.testdir()
  const good = buildMmdb(COUNTRIES)
  const files: Record<string, Buffer> = {
    'empty.mmdb': Buffer.alloc(0),
    'text.mmdb': Buffer.from('{"type":"flow"}\n'.repeat(1000)),
    'cut.mmdb': good.subarray(0, good.length - 60),
    'headless.mmdb': good.subarray(100),
    'marker.mmdb': good.subarray(good.lastIndexOf('\xab\xcd\xef', undefined, 'latin1')),
  }
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(folder, name), bytes)
    t.throws(() => openLabels([join(folder, name)]), { code: 'ERR_OPEN', exitCode: 2 }, name)
  }
  t.throws(() => openLabels([folder]), { message: 'cannot be opened: is a directory' })
  writeFileSync(join(folder, 'good.mmdb'), good)
  const runs: Record<string, RegExp> = {
    'pldump -w out --labels cut.mmdb $CAPTURE': /^pldump: cut\.mmdb: is no MaxMind database.*\n$/,
    'pldump -w out --labels good.mmdb,none.mmdb $CAPTURE':
      /^pldump: none\.mmdb: cannot be opened: no such file\n$/,
    'flowtag --labels text.mmdb < /dev/null': /^flowtag: text\.mmdb: is no MaxMind database.*\n$/,
    'flowtag --labels good.mmdb, < /dev/null': /^flowtag: --labels has an empty name.*\n.*--help'\n$/,
  }
  for (const [command, stderr] of Object.entries(runs)) {
    const outcome = shell(`${command}; code=$?; test -e out && echo written; exit $code`, folder)
    t.match(outcome, { stdout: '', stderr, code: 2 }, command)
  }
  t.end()
})

t.test('a database that is damaged inside ends the run where it is needed', t => {
  const folder = t.testdir()
  const bytes = buildMmdb([['143.166.0.0/16', { country_code: 'US' }]])
  const at = bytes.indexOf(Buffer.alloc(16)) + 16
  // a value of a type that there is not
  bytes[bytes.indexOf('country_code') - 2] = 0x00
  t.ok(at > 16)
  writeFileSync(join(folder, 'odd.mmdb'), bytes)
  const labels = openLabels([join(folder, 'odd.mmdb')])
  t.throws(() => labelOf(labels, '143.166.1.1'), { code: 'ERR_READ', message: /damaged.*143\.166\.1\.1/ })
  t.equal(labelOf(labels, '1.1.1.1'), '- -')
  t.end()
})

t.test('flows carry the labels of their addresses, in a pipe and in one process', t => {
  const folder = t.testdir()
  const holder = `"${'9'.repeat(5000)}" ü`
  writeFileSync(
    join(folder, 'labels.mmdb'),
    buildMmdb([...COUNTRIES.slice(0, 1), ['9.9.9.0/24', { as_name: holder }]]),
  )
  const frames = ['143.166.11.10', '9.9.9.9', '8.8.8.8'].flatMap(server =>
    conversation({ client: '192.168.1.105', server, says: [['>', 'x']] }),
  )
  writeFileSync(join(folder, 'c.pcap'), pcap(frames))
  const pipe = (option: string): string => `pcap2json c.pcap | flowtag --no-packets ${option}`
  const whole = (option: string): string => `pldump --json --no-files -w out ${option} c.pcap`
  const labelsOf = (command: string): unknown[] =>
    shell(command, folder)
      .stdout.split('\n')
      .filter(line => line.includes('"type":"flow"'))
      .map(line => Object.entries(JSON.parse(line)).filter(([name]) => /IP(CC|Org)$/.test(name)))
      .map(labels => Object.fromEntries(labels))
  const here = { srcIPCC: '07', srcIPOrg: 'Private network' }
  const there = { dstIPCC: '07', dstIPOrg: 'Private network' }
  for (const command of [pipe, whole]) {
    t.same(labelsOf(command('')), [here, there, here, there, here, there])
    t.same(labelsOf(command('--labels labels.mmdb')), [
      { ...here, dstIPCC: 'us' },
      { srcIPCC: 'us', ...there },
      { ...here, dstIPOrg: holder },
      { srcIPOrg: holder, ...there },
      here,
      there,
    ])
  }
  shell(`pcap2json c.pcap | flowtag --no-packets | flow2txt --labels labels.mmdb > rows`, folder)
  const rows = readFileSync(join(folder, 'rows'), 'utf8').split('\n')
  t.match(rows[1], '\t192.168.1.105\t07\t"Private network"\t40000\t143.166.11.10\tus\t"-"\t80\t')
  t.match(rows[5], '\t8.8.8.8\t-\t"-"\t80\t')
  t.end()
})
