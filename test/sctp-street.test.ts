import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { type ChunkObject, chunks } from '../lib/compose/chunks.ts'
import {
  dumpPayload,
  eachPacket,
  type FlowRecord,
  FlowTagger,
  filterPackets,
  NdjsonWriter,
  openCapture,
  PacketDecoder,
  PayloadChunker,
  type PldRecord,
  packets,
} from '../lib/index.ts'
import { file, shell } from './support/bins.ts'
import { pcap, simplePcapng } from './support/build-capture.ts'
import { ethernet, ipv4, ipv6, sctp, sctpChunk, sctpData, sctpInit, udp } from './support/build-packets.ts'

const A = '10.0.0.1'
const B = '10.0.0.2'

/** A frame from port 5000 to 2905, or back. */
function send(chunk: Uint8Array | Uint8Array[], back = false): Buffer {
  const ports = back ? { srcPort: 2905, dstPort: 5000 } : { srcPort: 5000, dstPort: 2905 }
  const ends = back ? { src: B, dst: A } : { src: A, dst: B }
  return ethernet(
    { type: 0x0800 },
    ipv4({ ...ends, proto: 132 }, sctp({ ...ports, tag: 9 }, Buffer.concat([chunk].flat()))),
  )
}

const other = ethernet(
  { type: 0x0800 },
  ipv4({ src: A, dst: B, proto: 17 }, udp({ srcPort: 7, dstPort: 9 }, 'datagram')),
)
/** Two directions, three streams; fragments, out of order, twice, one TSN missing, other packets between. */
const FRAMES = [
  send(sctpInit({ tag: 1, tsn: 100 })),
  send(sctpInit({ tag: 2, tsn: 900, ack: true }), true),
  send([sctpChunk(10, 0, 'cookie'), sctpData({ tsn: 100, stream: 0, flags: 2, ppid: 3 }, 'first ')]),
  send(sctpData({ tsn: 102, stream: 1, ppid: 4 }, 'other stream')),
  other,
  send(sctpData({ tsn: 900, stream: 7 }, 'answer'), true),
  send(sctpData({ tsn: 901, stream: 7, flags: 7 }, 'unordered'), true),
  send(sctpData({ tsn: 101, stream: 0, flags: 1, ppid: 3 }, 'last')),
  send(sctpData({ tsn: 102, stream: 1, ppid: 4 }, 'other stream')),
  send([
    sctpData({ tsn: 104, stream: 0, ssn: 2 }, 'behind'),
    sctpData({ tsn: 105, stream: 1, ssn: 1 }, 'more'),
  ]),
]

type Chunk = Omit<ChunkObject, 'payload'> & { payload?: unknown }

/** What tells chunks apart, in an order that does not depend on where batches end. */
function facts(all: Chunk[]): unknown[] {
  return all
    .map(({ type: _, captureId: __, payload, ...chunk }) => {
      const { timeFirst: ___, ...rest } = chunk
      const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !/^(eth|src|dst|l4)/.test(name)))
      const text =
        typeof payload === 'string' ? Buffer.from(payload, 'base64') : Buffer.from(payload as Uint8Array)
      return { ...own, text: text.toString() }
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
}

async function street(path: string): Promise<{ chunks: Chunk[]; flows: FlowRecord[]; codes: string[] }> {
  const got: { chunks: Chunk[]; flows: FlowRecord[]; codes: string[] } = { chunks: [], flows: [], codes: [] }
  await pipeline(
    openCapture(path),
    new PacketDecoder(),
    new FlowTagger({ timeout: 0 }),
    new PayloadChunker({ sctp: true }),
    chunks(),
    async (records: AsyncIterable<ChunkObject | PldRecord>) => {
      for await (const record of records) {
        if (record.type === 'chunk') got.chunks.push(record as Chunk)
        else if (record.type === 'flow') got.flows.push(record)
        else if (record.type === 'note') got.codes.push(record.code)
      }
    },
  )
  return got
}

t.test('one process and the programs in a pipe give the same chunks', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-sctp-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = file(folder, 'sctp.pcap', pcap(FRAMES))
  const inProcess = await street(path)
  t.same(inProcess.codes, ['sctp-tsn-missing'])
  t.same(
    inProcess.flows
      .filter(flow => flow.l4Proto === 132)
      .map(({ dir, pldStat, pldFiles }) => [
        dir,
        pldStat,
        pldFiles?.map(({ sctpStream, pldLen }) => [sctpStream, pldLen]),
      ]),
    [
      [
        'A',
        '0x27',
        [
          [0, 16],
          [1, 16],
        ],
      ],
      ['B', '0x07', [[7, 15]]],
    ],
  )
  t.same(facts(inProcess.chunks).length, 8)
  for (const payload of ['base64', 'ref']) {
    const { stdout, stderr, code } = shell(
      `pcap2json --payload ${payload} sctp.pcap | flowtag --flow-timeout 0 | pldchunk --sctp`,
      folder,
    )
    t.equal(code, 0)
    t.match(stderr, 'TSN 103 ')
    const records = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    const lines = records.filter(({ type }) => type === 'chunk')
    t.same(facts(lines), facts(inProcess.chunks))
    const named = lines.filter(({ timeFirst }) => timeFirst !== undefined)
    t.same(
      named.map(({ sctpStream, srcPort }) => [sctpStream, srcPort]).sort(),
      [
        [undefined, 7],
        [0, 5000],
        [1, 5000],
        [7, 2905],
      ],
      'the first of each stream names its endpoints',
    )
    const flows = records.filter(({ type, l4Proto }) => type === 'flow' && l4Proto === 132)
    t.same(
      flows.map(({ pldFiles }) => pldFiles),
      inProcess.flows.filter(({ l4Proto }) => l4Proto === 132).map(({ pldFiles }) => pldFiles),
    )
    file(folder, 'chunks.ndjson', stdout)
    t.equal(
      shell('pldchunk --sctp < chunks.ndjson | grep chunk', folder).stdout,
      shell('grep chunk chunks.ndjson', folder).stdout,
    )
  }
  t.match(
    shell(
      'pcap2json sctp.pcap | flowtag | pldchunk --sctp --sctp-ports 2905 | grep -c chunk.*sctpStream',
      folder,
    ).stdout,
    '7',
  )
  t.match(
    shell(
      'pcap2json sctp.pcap | flowtag | pldchunk --sctp --sctp-ports 1 | grep -c chunk.*sctpStream',
      folder,
    ).stdout,
    '0',
  )
  t.match(shell('pcap2json sctp.pcap | flowtag | pldchunk | grep -c chunk.*sctpStream', folder).stdout, '0')
})

t.test('rows that are chunks are no packets', async t => {
  const late = [FRAMES[0]!, FRAMES[3]!]
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-sctp-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  // two captures are two batches
  const paths = [late, [FRAMES[2]!, FRAMES[7]!]].map((frames, index) =>
    file(folder, `${index}.pcap`, index === 0 ? pcap(frames) : simplePcapng(frames)),
  )
  const tagged = (): [ReturnType<typeof openCapture>, PacketDecoder, FlowTagger, PayloadChunker] => [
    openCapture(paths),
    new PacketDecoder(),
    new FlowTagger({ timeout: 0 }),
    new PayloadChunker({ sctp: true }),
  ]
  let seen = 0
  const objects = packets()
  const [records] = await Promise.all([
    objects.toArray(),
    pipeline([...tagged(), eachPacket(() => seen++), objects]),
  ])
  t.equal(seen, 4)
  t.equal(records.filter(({ type }) => type === 'packet').length, 4)

  const writer = new NdjsonWriter({ chunks: true, payload: 'none' })
  const [texts] = await Promise.all([
    writer.toArray(),
    pipeline([...tagged(), filterPackets(packet => packet.pktNo !== 3), writer]),
  ])
  const lines = texts
    .join('')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  t.same(
    lines.filter(({ type }) => type === 'packet').map(({ pktNo }) => pktNo),
    [1, 2, 4],
  )
  const captureIds = lines.filter(({ type }) => type === 'capture').map(({ captureId }) => captureId)
  t.same(
    lines
      .filter(({ type }) => type === 'chunk')
      .map(({ pktNo, captureId, sctpStream, sctpPpid, offset }) => [
        pktNo,
        captureIds.indexOf(captureId),
        sctpStream,
        sctpPpid,
        offset,
      ]),
    [
      [2, 0, 1, 4, 0],
      [4, 1, 0, 3, 6],
    ],
    'a chunk that waited keeps its packet and its capture; what a filter takes out goes with its chunks',
  )
})

t.test('SCTP over IPv6', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-sctp-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const frame = ethernet(
    { type: 0x86dd },
    ipv6(
      { src: '2001:db8::1', dst: '2001:db8::2', next: 132 },
      sctp({ srcPort: 1, dstPort: 2 }, sctpData({ tsn: 1 }, 'six')),
    ),
  )
  const { chunks } = await street(file(folder, 'six.pcap', pcap([frame])))
  t.match(chunks, [{ sctpStream: 0, offset: 0, length: 3 }])
})

t.test('a thread that writes the files gets what waited', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-sctp-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const paths = [
    [
      FRAMES[0]!,
      send(sctpData({ tsn: 102, ssn: 2 }, 'third')),
      send(sctpData({ tsn: 101, ssn: 1 }, 'second ')),
    ],
    [send(sctpData({ tsn: 100, ssn: 0 }, 'first '))],
  ].map((frames, index) => file(folder, `${index}.pcap`, pcap(frames)))
  for (const writerThread of [false, true]) {
    for (const names of [0, 1] as const) {
      const out = join(folder, `${writerThread}${names}`)
      await dumpPayload(paths, { folder: out, writerThread, names, sctp: true, timeout: 0 })
      const files = readdirSync(out).filter(name => !name.startsWith('.'))
      t.same(
        files.map(name => readFileSync(join(out, name), 'utf8')),
        ['first second third'],
      )
    }
  }
})
