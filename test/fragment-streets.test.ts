import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import {
  type DumpOptions,
  dumpPayload,
  type FlowRecord,
  NdjsonWriter,
  type NoteRecord,
  openCapture,
  PacketDecoder,
  type PacketRecord,
  type PldRecord,
} from '../lib/index.ts'
import { shell } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { cutEvery, type FragmentHeader, fragmentFrame, type Piece } from './support/build-fragments.ts'
import { ACK, ethernet, FIN, ipv4, SYN, tcp, udp } from './support/build-packets.ts'
import { conversation } from './support/conversation.ts'
import { PORTS, V4, V6 } from './support/decode-cases.ts'

interface Result {
  /** Contents by name of the file. */
  files: Record<string, string>
  flows: FlowRecord[]
  notes: NoteRecord[]
  records: PldRecord[]
}

/** A capture of the frames, one a millisecond. */
const captureOf = (frames: Buffer[]): Buffer =>
  pcap(frames.map((bytes, i) => ({ bytes, time: [1_000_000 + Math.trunc(i / 1000), (i % 1000) * 1e6] })))

/** Frames as a capture through the whole street. */
async function dump(folder: string, frames: Buffer[], options: Partial<DumpOptions> = {}): Promise<Result> {
  const capture = join(folder, 'in.pcap')
  writeFileSync(capture, captureOf(frames))
  const out = join(folder, `out-${JSON.stringify(options).replaceAll(/\W/g, '')}`)
  const lines = new PassThrough()
  const told = text(lines)
  await dumpPayload(capture, { folder: out, relativeTo: out, records: lines, ...options })
  const records = (await told)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as PldRecord)
  const names = readdirSync(out).filter(name => !name.startsWith('.'))
  return {
    files: Object.fromEntries(names.map(name => [name, readFileSync(join(out, name), 'latin1')])),
    flows: records.filter(record => record.type === 'flow'),
    notes: records.filter(record => record.type === 'note'),
    records,
  }
}

const HUNDRED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'.repeat(4).slice(0, 100)
const segment = (payload: string, flags = ACK, seq = 1): Buffer => tcp({ ...PORTS, seq, flags }, payload)
const syn4 = ethernet({ type: 0x0800 }, ipv4({ ...V4, proto: 6 }, tcp({ ...PORTS, seq: 0, flags: SYN }, '')))
const FOUR = { ...V4, proto: 6 }
const SIX = { ...V6, proto: 6 }

const split = (h: FragmentHeader, data: Buffer, size: number): Buffer[] =>
  cutEvery(data.length, size).map(piece => fragmentFrame(h, data, piece))

t.test('s33, s34: IPv4 fragments in order and reversed', async t => {
  const frames = split(FOUR, segment(HUNDRED), 48)
  t.equal(frames.length, 3)
  const inOrder = await dump(t.testdir({}), [syn4, ...frames])
  t.same(inOrder.files, { '1_A': HUNDRED })
  t.equal(inOrder.flows.length, 1, 'all fragments belong to the flow of their first')
  t.match(inOrder.flows[0], { numPktsSnt: 4, l7BytesSnt: 100, flowStat: '0x0400081000004000', pldGaps: [] })
  t.same(inOrder.notes, [])
  const reversed = await dump(t.testdir({}), [syn4, ...frames.toReversed()])
  t.same(reversed.files, { '1_A': HUNDRED })
  const stray = reversed.flows.find(flow => flow.srcPort === 0)
  t.match(
    stray,
    { numPktsSnt: 2, flowStat: '0x040008d000004000', pldBytes: 0 },
    'they came too early to know their ports',
  )
})

t.test('s35: overlapping IPv4 fragments', async t => {
  const data = segment(`${'x'.repeat(4)}${'a'.repeat(40)}`)
  const other = segment(`${'x'.repeat(4)}${'b'.repeat(40)}`)
  const frames = [
    fragmentFrame(FOUR, data, [0, 40]),
    fragmentFrame(FOUR, other, [32, 48], true),
    fragmentFrame(FOUR, data, [48, 64]),
  ]
  const folder = t.testdir({})
  for (const [fragOverlap, expected] of [
    ['last', `xxxx${'a'.repeat(8)}${'b'.repeat(16)}${'a'.repeat(16)}`],
    ['first', `xxxx${'a'.repeat(16)}${'b'.repeat(8)}${'a'.repeat(16)}`],
  ] as const) {
    const { files, notes, flows } = await dump(folder, frames, { fragOverlap })
    t.same(files, { '1_A': expected })
    t.match(notes, [{ code: 'fragment-conflict', pktNo: 2 }])
    t.match(flows, [{ flowStat: '0x0400083000004000' }])
  }
})

t.test('s36: IPv6 fragments', async t => {
  for (const frames of [split(SIX, segment(HUNDRED), 48), split(SIX, segment(HUNDRED), 48).reverse()]) {
    const { files, notes } = await dump(t.testdir({}), frames)
    t.same(Object.values(files), [HUNDRED])
    t.same(notes, [])
  }
})

t.test('s37: overlapping IPv6 fragments', async t => {
  const data = segment(HUNDRED)
  const pieces: Piece[] = [
    [0, 48],
    [40, 96],
    [96, data.length],
    [48, 96],
  ]
  const { files, flows, notes } = await dump(
    t.testdir({}),
    pieces.map(piece => fragmentFrame(SIX, data, piece)),
  )
  t.same(files, {})
  t.match(notes, [{ code: 'fragment-overlap', pktNo: 2 }])
  t.equal(flows.length, 1)
  t.match(flows[0], { numPktsSnt: 4, pldBytes: 0, flowStat: '0x0800083000008000' })
})

t.test('a segment with its FIN, in fragments, among whole ones', async t => {
  const frames = conversation({
    says: [
      ['>', 'first,'],
      ['<', 'answer'],
      ['>', 'second'],
    ],
  })
  const last = ipv4Payload(
    conversation({
      says: [
        ['>', 'first,'],
        ['>', 'second'],
      ],
    })[4]!,
  )
  last[13]! |= FIN
  const { files, notes } = await dump(t.testdir({}), [
    ...frames.slice(0, 5),
    ...split({ src: '10.0.0.1', dst: '10.0.0.2', proto: 6 }, last, 8).reverse(),
    frames.at(-1)!,
  ])
  t.same(
    Object.values(files).filter(file => file !== ''),
    ['first,second', 'answer'],
  )
  t.same(notes, [])
})

/** What an IPv4 packet without options carries. */
const ipv4Payload = (frame: Buffer): Buffer => Buffer.from(frame.subarray(34))

t.test('what is never complete delivers nothing, and the pending bit stays', async t => {
  const data = udp(PORTS, HUNDRED)
  const whole = ethernet({ type: 0x0800 }, ipv4({ ...V4, proto: 17, id: 9 }, udp(PORTS, 'whole')))
  const { files, flows, notes } = await dump(t.testdir({}), [
    whole,
    ...split({ ...V4, proto: 17 }, data, 32).slice(0, -1),
  ])
  t.same(files, { '1_A': 'whole' })
  t.match(flows, [{ numPktsSnt: 4, flowStat: '0x0400089000004000' }])
  t.match(notes, [{ code: 'fragments-unfinished', pktNo: 2 }])
  t.match(notes[0]!.message, /96 bytes/)
})

/** Conversations, fragments of many datagrams mixed with each other and spread over all batches. */
function manyFragments(): Buffer[] {
  const queues = Array.from({ length: 60 }, (_, i) => {
    const header = i % 2 === 0 ? { ...V4, id: i + 1 } : { ...V6, id: i + 1 }
    const payload = `${i}:`.repeat(1 + i * 120)
    const ports = { srcPort: 2000 + i, dstPort: 4000 }
    const data = i % 3 === 0 ? tcp({ ...ports, seq: 1 }, payload) : udp(ports, payload)
    const frames = split({ ...header, proto: i % 3 === 0 ? 6 : 17 }, data, 8 * (40 + i))
    return i % 5 === 0 ? frames.reverse() : frames
  })
  const plain = conversation({
    says: [
      ['>', 'question '.repeat(900)],
      ['<', 'answer '.repeat(900)],
    ],
  })
  const frames: Buffer[] = []
  while (queues.some(queue => queue.length > 0)) {
    for (const queue of [plain, ...queues]) if (queue.length > 0) frames.push(queue.shift()!)
  }
  return frames
}

t.test('a thread that writes, and none, give the same files and records', async t => {
  const folder = t.testdir({})
  const frames = manyFragments()
  const one = await dump(folder, frames, { writerThread: false })
  const two = await dump(folder, frames, { writerThread: true })
  t.same(two.files, one.files)
  const told = ({ records }: Result): unknown => records.map(record => ({ ...record, folder: '', mtime: 0 }))
  t.same(told(two), told(one))
  const contents = Object.values(one.files)
  for (let i = 0; i < 60; i++) t.ok(contents.includes(`${i}:`.repeat(1 + i * 120)), `datagram ${i}`)
})

t.test('pipes give the same files', async t => {
  const cwd = t.testdir({})
  writeFileSync(join(cwd, 'in.pcap'), captureOf(manyFragments()))
  const run = (command: string): void => {
    const { code, stderr } = shell(command, cwd)
    t.same([code, stderr], [0, ''], command)
  }
  run('pldump -q -w process in.pcap')
  for (const form of ['base64', 'ref']) {
    run(`pcap2json --payload ${form} in.pcap | flowtag | pldsink -o ${form} > /dev/null`)
  }
  run('pcap2json in.pcap | flowtag | pldchunk | pldsink -o chunks > /dev/null')
  const files = (folder: string): Record<string, string> =>
    Object.fromEntries(
      readdirSync(join(cwd, folder))
        .filter(name => !name.startsWith('.'))
        .map(name => [name, readFileSync(join(cwd, folder, name), 'latin1')]),
    )
  const expected = files('process/payload')
  t.ok(Object.keys(expected).length > 60)
  for (const way of ['base64', 'ref', 'chunks']) t.same(files(way), expected, way)
})

t.test('payload that lies in no frame is in its line, also where others are references', async t => {
  const capture = join(t.testdir({}), 'in.pcap')
  const whole = ethernet({ type: 0x0800 }, ipv4({ ...V4, proto: 17 }, udp(PORTS, 'whole')))
  writeFileSync(capture, pcap([whole, ...split({ ...V4, proto: 17 }, udp(PORTS, HUNDRED), 64), whole]))
  const lines = new PassThrough()
  const told = text(lines)
  await pipeline(openCapture(capture), new PacketDecoder(), new NdjsonWriter({ payload: 'ref' }), lines)
  const packets = (await told)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as PldRecord)
    .filter((record): record is PacketRecord => record.type === 'packet')
  t.same(
    packets.map(({ atLength, payload }) => atLength ?? payload),
    [5, undefined, Buffer.from(HUNDRED).toString('base64'), 5],
  )
})

t.test('options on the command line', async t => {
  const cwd = t.testdir({})
  const data = udp(PORTS, HUNDRED)
  const frames = split({ ...V4, proto: 17 }, data, 64).map((bytes, i) => ({
    bytes,
    time: [1_000_000 + 70 * i, 0] as [number, number],
  }))
  writeFileSync(join(cwd, 'in.pcap'), pcap(frames))
  const payloads = (options: string): number =>
    shell(`pcap2json -q ${options} in.pcap`, cwd).stdout.split('"payload":').length - 1
  t.equal(payloads(''), 0)
  t.equal(payloads('--frag-timeout 70'), 1)
  t.equal(payloads('--frag-timeout 0'), 1)
  t.equal(payloads('--frag-timeout 0 --frag-memory 0'), 0)
  t.match(
    shell('pcap2json in.pcap > /dev/null', cwd).stderr,
    /in\.pcap: packet 1: a datagram in fragments did not/,
  )
  t.match(shell('pcap2json --frag-overlap odd in.pcap', cwd), { code: 2, stderr: /last, first/ })
})
