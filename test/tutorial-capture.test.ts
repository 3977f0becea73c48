import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { has, shell } from './support/bins.ts'
import { tutorialFolder, withoutPadding } from './support/tutorial.ts'

/** What other programs say of the tutorial's capture; none of our code reads it here. */

const folder = tutorialFolder()
const CAPTURE = join(folder, 'faf-exercise.pcap')
const CONTROL_A =
  'USER anonymous\r\nPASS IEUser@\r\nTYPE I\r\nPASV\r\nSIZE /video/R79733.EXE\r\nRETR /video/R79733.EXE\r\n'
const SERVER_PORTS = [21, 23, 25, 80, 64_334]
const MAIL_AND_CONTROL = [...Array.from({ length: 21 }, (_, i) => 12 + i), 35]

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')

/** The file of flow 36: each four bytes are their own offset. */
function counter(): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: 4_255_056 }, (_, i) => ((i & ~3) >>> (8 * (3 - (i & 3)))) & 0xff),
  )
}

function tshark(args: string): string {
  const { stdout, stderr, code } = shell(`tshark -r faf-exercise.pcap ${args}`, folder)
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** Both directions of conversations by their flowInd, which is one more than tshark's number. */
function follow(flows: readonly number[]): Map<string, Buffer> {
  const text = tshark(`-q ${flows.map(flow => `-z follow,tcp,raw,${flow - 1}`).join(' ')}`)
  const streams = new Map<string, Buffer>()
  for (const part of text.split('Follow: tcp,raw').slice(1)) {
    const flow = Number(/tcp\.stream eq (\d+)/.exec(part)![1]) + 1
    const fromServer = part.match(/^\t[0-9a-f]+$/gm) ?? []
    const fromClient = part.match(/^[0-9a-f]+$/gm) ?? []
    streams.set(`${flow}_A`, Buffer.from(fromClient.join(''), 'hex'))
    streams.set(`${flow}_B`, Buffer.from(fromServer.map(line => line.slice(1)).join(''), 'hex'))
  }
  return streams
}

const needs = (...tools: string[]) => {
  const missing = tools.filter(tool => !has(tool))
  return { skip: missing.length > 0 ? `needs ${missing.join(', ')}` : false }
}

t.test('the same bytes each time it is built', async t => {
  t.equal(
    sha256(readFileSync(CAPTURE)),
    '1e4f0f47c8f6ff802d6ce9b56420ae8a349a08df54b58ab2e48733cecede3c18',
    'those that docs and tests speak of',
  )
})

t.test('capinfos: size, times, strict order', needs('capinfos'), async t => {
  const { stdout } = shell('capinfos -T -r -m -M -c -s -d -u -a -e -S -o faf-exercise.pcap', folder)
  t.equal(
    stdout.trim(),
    'faf-exercise.pcap,5902,5087870,4993414,50276.646078,1258544215.037210,1258594491.683288,True',
  )
})

/** All packets, each as fields by their names; what tshark does not find in one is empty. */
function packets(fields: readonly string[]): Record<string, string>[] {
  const sums = '-o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE'
  return tshark(`${sums} -T fields ${fields.map(name => `-e ${name}`).join(' ')}`)
    .split('\n')
    .slice(0, -1)
    .map(line => Object.fromEntries(line.split('\t').map((value, field) => [fields[field]!, value])))
}

t.test('tshark: layers, directions, padding, checksums, what is hard', needs('tshark'), async t => {
  const rows = packets([
    ...['frame.number', 'frame.protocols', 'frame.len', 'eth.trailer', 'ip.len', 'ip.checksum.status'],
    ...['tcp.srcport', 'tcp.dstport', 'tcp.stream', 'tcp.len', 'tcp.checksum.status'],
    ...['tcp.analysis.retransmission', 'tcp.analysis.out_of_order'],
  ])
  t.ok(rows.every(row => row['frame.protocols']!.startsWith('eth:ethertype:ip:tcp')))
  t.ok(rows.every(row => row['ip.checksum.status'] === '1' && row['tcp.checksum.status'] === '1'))
  const isServer = (port = ''): boolean => SERVER_PORTS.includes(Number(port))
  t.ok(rows.every(row => isServer(row['tcp.srcport']) !== isServer(row['tcp.dstport'])))
  const tally = (some: typeof rows): [number, number] => [
    some.length,
    some.reduce((sum, row) => sum + Number(row['frame.len']), 0),
  ]
  t.same(tally(rows.filter(row => isServer(row['tcp.dstport']))), [1986, 209_315], 'A')
  t.same(tally(rows.filter(row => isServer(row['tcp.srcport']))), [3916, 4_784_099], 'B')
  t.equal(
    new Set(rows.map(row => row['tcp.stream'])).size,
    36,
    'by its ports the last packet belongs to flow 35',
  )
  t.ok(rows.every(row => Number(row['frame.len']) >= 60))
  const bytes = rows.reduce((sum, row) => sum + 14 + Number(row['ip.len']), 0)
  t.equal(((8 * bytes) / 50276.646078).toFixed(0), '792', 'bits a second without padding')

  const download = rows.filter(row => row['tcp.srcport'] === '64334' && row['tcp.len'] !== '0')
  t.equal(
    download.filter(row => row['tcp.analysis.retransmission'] !== '').length,
    1,
    'one segment came twice',
  )
  t.equal(download.filter(row => row['tcp.analysis.out_of_order'] !== '').length, 1, 'one was overtaken')
  const padded = rows.find(row => row['frame.number'] === '1303')!
  t.match(padded, { 'frame.len': '60', 'ip.len': '40', 'tcp.len': '0' })
  t.equal(Buffer.from(padded['eth.trailer']!, 'hex').toString(), 'PADDED')
})

t.test('tshark, tcpflow and pldump: the same 44 streams', needs('tshark', 'tcpflow'), async t => {
  const { code, stderr } = shell('pldump -q faf-exercise.pcap -w ours --tcp-ports 25,21', folder)
  t.equal(code, 0, stderr)
  const names = MAIL_AND_CONTROL.flatMap(flow => [`${flow}_A`, `${flow}_B`])
  const files = readdirSync(join(folder, 'ours/payload')).filter(name => !name.startsWith('.'))
  t.same(files.sort(), [...names].sort())

  const streams = follow(MAIL_AND_CONTROL)
  for (const name of names) {
    t.equal(sha256(readFileSync(join(folder, 'ours/payload', name))), sha256(streams.get(name)!), name)
  }
  t.equal(streams.get('35_A')!.toString('latin1'), CONTROL_A)
  t.equal(sha256(CONTROL_A), '9ab8ee2457ae1cced02557268dff2de2fad1517b9c0b4fe984d887a61c4c7109')

  mkdirSync(join(folder, 'theirs'))
  withoutPadding(CAPTURE, join(folder, 'unpadded.pcap'))
  shell("tcpflow -q -r unpadded.pcap -o theirs 'port 25 or port 21'", folder)
  const theirs = readdirSync(join(folder, 'theirs')).filter(name => name !== 'report.xml')
  t.same(
    theirs.map(name => sha256(readFileSync(join(folder, 'theirs', name)))).sort(),
    [...streams.values()].map(sha256).sort(),
  )
})

t.test('the downloaded file', needs('tshark'), async t => {
  const file = counter()
  t.equal(sha256(file), 'f6a238ffadeb7bed940428ae5ddfae3ccd214f0499a7f64b39eec75386027117')
  t.ok(follow([36]).get('36_B')!.equals(file), 'tshark')
  shell('pldump -q faf-exercise.pcap -w file --tcp-ports 64334', folder)
  t.same(
    readdirSync(join(folder, 'file/payload')).filter(name => !name.startsWith('.')),
    ['36_B'],
  )
  t.ok(readFileSync(join(folder, 'file/payload/36_B')).equals(file), 'pldump')
})
