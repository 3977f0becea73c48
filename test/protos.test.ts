import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { parseArguments } from '../lib/cli/options.ts'
import { PAYLOAD_OPTIONS } from '../lib/cli/stage-options.ts'
import { payloadOptions } from '../lib/cli/stage-values.ts'
import { type ChunkObject, chunks } from '../lib/compose/chunks.ts'
import { FlowTagger, openCapture, PacketDecoder, PayloadChunker, type PldRecord } from '../lib/index.ts'
import type { PayloadOptions } from '../lib/payload/payload-chunker.ts'
import { file } from './support/bins.ts'
import { pcap, type TestFrame } from './support/build-capture.ts'
import { ethernet, icmp, ipv4, ipv6, ipv6Ext, tcp, udpLite } from './support/build-packets.ts'
import { runPayload } from './support/payload-run.ts'

const V4 = { src: '10.0.0.1', dst: '10.0.0.2' }
const V6 = { src: '2001:db8::1', dst: '2001:db8::2' }
const four = (proto: number, payload: Uint8Array | string): Buffer =>
  ethernet({ type: 0x0800 }, ipv4({ ...V4, proto }, payload))
const six = (next: number, payload: Uint8Array | string): Buffer =>
  ethernet({ type: 0x86dd }, ipv6({ ...V6, next }, payload))

/** The payload of each flow direction by its protocol, and how many flows there are. */
async function dumped(
  frames: TestFrame[],
  options: PayloadOptions,
): Promise<[Record<string, string>, number]> {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-protos-'))
  const byFlow = new Map<string, string>()
  const byProto: Record<string, string> = {}
  let flows = 0
  try {
    await pipeline(
      openCapture(file(folder, 'protos.pcap', pcap(frames))),
      new PacketDecoder(),
      new FlowTagger({ timeout: 0 }),
      new PayloadChunker({ tcp: false, udp: false, ...options }),
      chunks(),
      async (records: AsyncIterable<ChunkObject | PldRecord>) => {
        for await (const record of records) {
          if (record.type === 'chunk') {
            const name = `${record.flowInd}${record.dir}`
            byFlow.set(
              name,
              (byFlow.get(name) ?? '') + Buffer.from(record.payload as Uint8Array).toString('latin1'),
            )
          } else if (record.type === 'flow') {
            flows++
            const text = byFlow.get(`${record.flowInd}${record.dir}`)
            if (text !== undefined) byProto[`${record.srcIP} ${record.l4Proto}`] = text
          }
        }
      },
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
  return [byProto, flows]
}

t.test('payload of other IP protocols, in the order of capture', async t => {
  const frames = [
    four(50, 'spi1seq1secret'),
    four(50, 'spi1seq2more'),
    four(136, udpLite({ srcPort: 1, dstPort: 2, coverage: 8 }, 'lite')),
    four(253, 'experiment'),
    four(2, 'igmp, not asked for'),
    six(50, 'six'),
    six(51, ipv6Ext('ah', 253, Buffer.alloc(0), 'behind AH')),
  ]
  const [got] = await dumped(frames, { protos: [50, 136, 253] })
  t.same(got, {
    '10.0.0.1 50': 'spi1seq1secretspi1seq2more',
    '10.0.0.1 136': 'lite',
    '10.0.0.1 253': 'experiment',
    '2001:db8::1 50': 'six',
    '2001:db8::1 253': 'behind AH',
  })
  t.same((await dumped(frames, {}))[0], {}, 'none of them without being asked for')
})

t.test('one that the capture cut', t => {
  const packet = { l4Proto: 50, flowInd: 1, payload: 'abcd' }
  const { streams, gaps } = runPayload([{ ...packet, l7Len: 10 }, packet], { protos: [50] })
  t.match(streams['1A'], { text: 'abcdabcd' })
  t.match(gaps, [{ offset: 4, length: 6, reason: 'snaplen' }])
  t.end()
})

t.test('ICMP errors make no flows out of the headers they quote', async t => {
  const quoted = ipv4(
    { src: '10.0.0.2', dst: '10.9.9.9', proto: 6 },
    tcp({ srcPort: 80, dstPort: 81 }, 'quoted'),
  )
  const [got, flows] = await dumped([four(1, icmp({ type: 3, code: 1 }, quoted))], { tcp: true, icmp: true })
  t.equal(flows, 1)
  t.same(Object.keys(got), ['10.0.0.1 1'])
  t.equal(got['10.0.0.1 1'], quoted.toString('latin1'))
})

t.test('numbers and names on the command line', t => {
  const read = (...words: string[]): unknown => payloadOptions(parseArguments(words, PAYLOAD_OPTIONS).options)
  t.same(read('--protos', '47,0x32,udplite, GRE'), { protos: [47, 50, 136, 47] })
  t.same(read('--sctp', '--sctp-ports', '2905'), { sctp: true, sctpPorts: [2905] })
  t.throws(() => read('--protos', 'toString'), { code: 'ERR_USAGE' })
  t.throws(() => read('--protos', '256'), { code: 'ERR_USAGE' })
  t.throws(() => new PayloadChunker({ protos: [17] }), {
    message: 'protos: 17 has an option of its own, udp',
  })
  t.end()
})
