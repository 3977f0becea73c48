import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  idb,
  isb,
  nrb,
  opb,
  pcap,
  pcapng,
  shb,
  simplePcapng,
  spb,
  type TestFrame,
} from '../support/build-capture.ts'
import { fragmentFrame } from '../support/build-fragments.ts'
import {
  ETHERTYPE,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  ipv6Frag,
  PROTO,
  sctp,
  sctpData,
  sctpInit,
  tcp,
  udp,
  vlan,
} from '../support/build-packets.ts'
import { gre, mpls, pppoe } from '../support/build-tunnels.ts'
import { geneve, overUdp, PORT, vxlan } from '../support/build-udp-tunnels.ts'
import { conversation } from '../support/conversation.ts'
import { hasSharedCaptures, sharedCaptures } from '../support/shared-captures.ts'

/** A capture that is going to be spoilt. */
export interface Specimen {
  name: string
  bytes: () => Buffer
}

const ENDS = { src: '10.0.0.1', dst: '10.0.0.2' }
const ENDS6 = { src: '2001:db8::1', dst: '2001:db8::2' }

const overIp4 = (proto: number, payload: Uint8Array): Buffer =>
  ethernet({ type: ETHERTYPE.ipv4 }, ipv4({ ...ENDS, proto }, payload))

/** A frame of many kinds that the decoder knows, so that there is something to spoil without any file. */
function assortment(): TestFrame[] {
  const inner = ethernet(
    { type: ETHERTYPE.ipv4 },
    ipv4({ ...ENDS, proto: PROTO.udp }, udp({ srcPort: 7, dstPort: 9 }, 'inside', ENDS)),
  )
  const innerIp = inner.subarray(14)
  const datagram = udp({ srcPort: 5000, dstPort: 6000 }, 'x'.repeat(200), ENDS)
  const fragments = { ...ENDS, proto: PROTO.udp, id: 7 }
  return [
    ...conversation({
      says: [
        ['>', 'GET / HTTP/1.1\r\n\r\n'],
        ['<', 'y'.repeat(3000)],
        ['>', 'bye'],
      ],
    }),
    overIp4(PROTO.icmp, icmp({ type: 8 }, 'ping')),
    fragmentFrame(fragments, datagram, [0, 104], true),
    fragmentFrame(fragments, datagram, [104, datagram.length], false),
    overIp4(PROTO.sctp, sctp({ srcPort: 1, dstPort: 2 }, sctpInit({ tag: 1, tsn: 10 }))),
    overIp4(PROTO.sctp, sctp({ srcPort: 1, dstPort: 2 }, sctpData({ tsn: 10, stream: 3 }, 'chunk'))),
    overIp4(PROTO.sctp, sctp({ srcPort: 1, dstPort: 2 }, sctpData({ tsn: 12, stream: 3 }, 'late'))),
    ethernet(
      { type: ETHERTYPE.ipv6 },
      ipv6({ ...ENDS6, next: PROTO.tcp }, tcp({ srcPort: 1, dstPort: 2, seq: 1, flags: 0x18 }, 'six')),
    ),
    ethernet(
      { type: ETHERTYPE.ipv6 },
      ipv6(
        { ...ENDS6, next: 44 },
        ipv6Frag({ next: PROTO.udp, offset: 0, more: true, id: 1 }, 'a'.repeat(64)),
      ),
    ),
    ethernet({ type: ETHERTYPE.vlan }, vlan({ vid: 5, type: ETHERTYPE.ipv4 }, innerIp)),
    ethernet({ type: 0x8847 }, mpls([16, 17], innerIp)),
    ethernet({ type: 0x8864 }, pppoe({}, Buffer.concat([Buffer.from([0, 0x21]), innerIp]))),
    overIp4(47, gre({ protocol: ETHERTYPE.ipv4 }, innerIp)),
    overUdp(PORT.vxlan, vxlan({}, inner)),
    overUdp(PORT.geneve, geneve({}, inner), 6),
    ethernet({ type: ETHERTYPE.arp }, Buffer.alloc(28, 1)),
    ethernet({ type: ETHERTYPE.lldp }, Buffer.alloc(30, 2)),
  ].map((bytes, i) => ({ bytes, time: [1_700_000_000 + i, 1000 * i] as [number, number] }))
}

/** Captures in the ways of writing them that there are, made here. */
export function builtSpecimens(): Specimen[] {
  const frames = assortment()
  const made: Record<string, Buffer> = {
    'built.pcap': pcap(frames),
    'built-big-endian.pcap': pcap(frames, { bigEndian: true, nanoseconds: true }),
    'built-modified.pcap': pcap(frames, { modified: true }),
    'built.pcapng': simplePcapng(frames),
    'built-big-endian.pcapng': simplePcapng(frames, { bigEndian: true, tsresol: 9, name: 'eth0' }),
    'built-blocks.pcapng': pcapng(
      shb({ options: [[4, 'a test']] }),
      idb({ name: 'a', tsresol: 0x8a, tsoffset: 5n }),
      nrb(),
      ...frames.slice(0, 6).map(frame => spb(frame)),
      ...frames.slice(6).map((frame, index) => opb(frame, { index })),
      isb(),
      shb({ bigEndian: true }),
      idb({ bigEndian: true }),
      ...frames.map(frame => spb(frame, { bigEndian: true })),
    ),
  }
  return Object.entries(made).map(([name, bytes]) => ({ name, bytes: () => bytes }))
}

/** All that can be had: those made here, the bundled one, and the published ones where they are. */
export function specimens(): Specimen[] {
  const office = { name: 'office.pcap', file: resolve('examples/capture/office.pcap') }
  const published = hasSharedCaptures ? sharedCaptures() : []
  const files = [office, ...published].map(({ name, file }) => ({ name, bytes: () => readFileSync(file) }))
  return [...builtSpecimens(), ...files]
}
