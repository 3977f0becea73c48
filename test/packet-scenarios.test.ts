import { Readable } from 'node:stream'
import t from 'tap'
import { CaptureReader, chunks, FlowTagger, PacketDecoder, PayloadChunker } from '../lib/index.ts'
import { pcap } from './support/build-capture.ts'
import { ACK, ethernet, ipv4, ipv6, ipv6Ext, SYN, tcp, udp } from './support/build-packets.ts'
import { runStreet } from './support/street.ts'

const V4 = { src: '10.0.0.1', dst: '10.0.0.2' }
const V6 = { src: '2001:db8::1', dst: '2001:db8::2' }
const PORTS = { srcPort: 40_000, dstPort: 80 }

t.test('s38: a TCP stream behind hop-by-hop and destination options', async t => {
  const segment = (seq: number, flags: number, payload: string): Buffer => {
    const options = ipv6Ext('dstopts', 6, Buffer.alloc(6), tcp({ ...PORTS, seq, flags }, payload))
    const packet = ipv6({ ...V6, next: 0 }, ipv6Ext('hopopts', 60, Buffer.alloc(6), options))
    return ethernet({ type: 0x86dd }, packet)
  }
  const frames = [segment(999, SYN, ''), segment(1000, ACK, 'A'.repeat(10))]
  for (const lines of [false, true]) {
    const { streams, flows } = await runStreet(pcap(frames.map(bytes => ({ bytes }))), {}, { lines })
    t.same(streams, { '1A': 'A'.repeat(10) })
    t.match(flows['1A'], {
      hdrDesc: ['eth:ipv6:ipv6.hopopts:ipv6.dstopts:tcp'],
      pldStat: '0x03',
      pldGaps: [],
    })
  }
})

t.test('u01: datagrams keep their boundaries in chunks and follow each other in the file', async t => {
  const sent = ['first', 'second one', 'third']
  const frames = sent.map(text => ({
    bytes: ethernet(
      { type: 0x0800 },
      ipv4({ ...V4, proto: 17 }, udp({ srcPort: 4000, dstPort: 5000 }, text)),
    ),
  }))
  for (const lines of [false, true]) {
    const { streams } = await runStreet(pcap(frames), {}, { lines })
    t.same(streams, { '1A': sent.join('') })
  }
  const street = Readable.from([pcap(frames)])
    .pipe(new CaptureReader())
    .pipe(new PacketDecoder())
    .pipe(new FlowTagger())
  const got: [pktNo: number, offset: number, text: string][] = []
  for await (const record of street.pipe(new PayloadChunker()).pipe(chunks())) {
    if (record.type === 'chunk') {
      got.push([record.pktNo, record.offset, Buffer.from(record.payload).toString()])
    }
  }
  t.same(got, [
    [1, 0, 'first'],
    [2, 5, 'second one'],
    [3, 15, 'third'],
  ])
})
