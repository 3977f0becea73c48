import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CAPTURE, file, has, shell } from './support/bins.ts'
import { pcap, type TestFrame } from './support/build-capture.ts'
import { ACK, ethernet, ipv4, SYN, tcp } from './support/build-packets.ts'

/** What one side says at one go: its address and port, and the bytes. */
type Turn = [speaker: string, bytes: Buffer]

/** Puts bytes that the same side says one after the other together. */
function turns(parts: Iterable<Turn>): [string, string][] {
  const all: [string, string][] = []
  for (const [speaker, bytes] of parts) {
    const last = all.at(-1)
    if (last?.[0] === speaker) last[1] += bytes.toString('hex')
    else all.push([speaker, bytes.toString('hex')])
  }
  return all
}

/** Streams of a protocol, by their numbers, as tshark follows them. */
function byTshark(path: string, proto: 'tcp' | 'udp', numbers: readonly number[]): [string, string][][] {
  const wanted = numbers.flatMap(n => ['-z', `follow,${proto},raw,${n}`])
  const { stdout } = spawnSync('tshark', ['-r', path, '-q', ...wanted], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const found = new Map<number, [string, string][]>()
  for (const block of stdout.split(/^=+$/m)) {
    const number = /^Filter: \w+\.stream eq (\d+)$/m.exec(block)?.[1]
    if (number === undefined) continue
    const nodes = [0, 1].map(i => new RegExp(`^Node ${i}: (.*)$`, 'm').exec(block)![1]!)
    const said = block.split('\n').filter(line => /^\t?[0-9a-f]+$/.test(line))
    found.set(
      Number(number),
      turns(said.map(line => [nodes[line.startsWith('\t') ? 1 : 0]!, Buffer.from(line.trim(), 'hex')])),
    )
  }
  return numbers.map(number => found.get(number)!)
}

interface Said {
  flow: number
  srcIP: string
  srcPort: number
  proto: number
  payload: string
}

/** The conversations of a protocol that have payload, in the order of their numbers. */
function byUs(path: string, proto: number): [string, string][][] {
  const { stdout } = shell(`flowfollow -q -r ${path} --all --flow-timeout 0 --format json`, tmpdir())
  const said = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Said)
    .filter(object => object.proto === proto)
  const flows = [...new Set(said.map(({ flow }) => flow))].sort((a, b) => a - b)
  return flows.map(number =>
    turns(
      said
        .filter(({ flow }) => flow === number)
        .map(({ srcIP, srcPort, payload }) => {
          const speaker = srcIP.includes(':') ? `[${srcIP}]:${srcPort}` : `${srcIP}:${srcPort}`
          return [speaker, Buffer.from(payload, 'base64')]
        }),
    ),
  )
}

/** Numbers of the streams that have payload, as tshark counts them. */
function streams(path: string, proto: 'tcp' | 'udp'): number[] {
  const filter = proto === 'tcp' ? 'tcp.len>0' : 'udp && !icmp && !icmpv6'
  const args = ['-r', path, '-Y', filter, '-T', 'fields', '-e', `${proto}.stream`]
  const { stdout } = spawnSync('tshark', args, { encoding: 'utf8' })
  return [...new Set(stdout.split('\n').filter(Boolean).map(Number))].sort((a, b) => a - b)
}

const withoutTshark = has('tshark') ? false : 'needs tshark'

for (const [proto, number] of [
  ['tcp', 6],
  ['udp', 17],
] as const) {
  t.test(`${proto}: what tshark follows in the bundled capture`, { skip: withoutTshark }, async t => {
    const ours = byUs(CAPTURE, number)
    const theirs = byTshark(CAPTURE, proto, streams(CAPTURE, proto))
    t.ok(theirs.length >= 10)
    t.same(ours, theirs)
  })
}

t.test('tcp: out of order, twice, and past 2^32', { skip: withoutTshark }, async t => {
  const ends = { src: '10.0.0.1', dst: '10.0.0.2' }
  const back = { src: ends.dst, dst: ends.src }
  const isn = 2 ** 32 - 8
  const a = (at: number, text: string, ack = 0, flags = ACK): TestFrame => {
    const seq = (isn + 1 + at) % 2 ** 32
    const header = { srcPort: 40000, dstPort: 80, seq, ack: 501 + ack, flags }
    return ethernet({ type: 0x0800 }, ipv4({ ...ends, proto: 6 }, tcp(header, text, ends)))
  }
  const b = (at: number, text: string, ack: number, flags = ACK): TestFrame => {
    const header = { srcPort: 80, dstPort: 40000, seq: 501 + at, ack: (isn + 1 + ack) % 2 ** 32, flags }
    return ethernet({ type: 0x0800 }, ipv4({ ...back, proto: 6 }, tcp(header, text, back)))
  }
  const frames = [
    a(-1, '', -501, SYN),
    b(-1, '', 0, SYN | ACK),
    a(0, 'first '),
    a(13, 'third\n'),
    a(6, 'second '),
    a(6, 'second '),
    b(0, 'an answer\n', 19),
    a(19, 'more\n', 10),
    b(16, 'end\n', 24),
    b(10, 'of it ', 24),
  ]
  const path = file(mkdtempSync(join(tmpdir(), 'pldpipe-follow-')), 'odd.pcap', pcap(frames))
  const [ours] = byUs(path, 6)
  t.same([ours], byTshark(path, 'tcp', [0]))
  t.equal(
    Buffer.from(ours!.map(([, bytes]) => bytes).join(''), 'hex').toString(),
    'first second third\nan answer\nmore\nof it end\n',
  )
})
