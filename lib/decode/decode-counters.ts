import { chainCount, chainDepth, chainText, MAX_CHAINS } from '../header-chains.ts'
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_SCTP, PROTO_TCP, PROTO_UDP } from '../packet-facts.ts'
import type { SummaryRecord } from '../records.ts'
import {
  HI_DTLS,
  HI_FRAGMENT,
  LO_ARP,
  LO_AYIYA,
  LO_GRE,
  LO_IPVX,
  LO_RARP,
  LO_TEREDO,
  mask64,
} from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import type { FragmentTally } from './fragment-log.ts'

const PROTO_IGMP = 2

/** Tunnels that are counted; few packets have any. */
const LO_TUNNELS = LO_GRE | LO_TEREDO | LO_AYIYA

/** Longest frame (bytes on the wire) that Ethernet filled up: 60, or 64 where its checksum was captured. */
const MIN_FRAME = 64

/** What the end report tells of the packets; bytes are those of whole captured frames. */
export class DecodeCounters {
  #packets = 0
  #bytes = 0
  #l2 = 0
  #ipv4 = 0
  #ipvx = 0
  #llc = 0
  #arp = 0
  #gre = 0
  #teredo = 0
  #ayiya = 0
  #rarp = 0
  #ipv4Fragments = 0
  #ipv6Fragments = 0
  #dtls = 0
  #padBytes = 0
  #extraPackets = 0
  #extraBytes = 0
  #payloadBytes = 0
  #statLo = 0
  #statHi = 0
  readonly #protoPackets = new Float64Array(256)
  readonly #protoBytes = new Float64Array(256)
  /** By number of the header chain; what is told of headers is worked out from these in the end. */
  readonly #chainPackets = new Float64Array(MAX_CHAINS)

  /** Takes account of the packet that `d` has just finished. */
  count(d: Dissection, capLen: number, wireLen: number): void {
    const { packets, row, statLo, statHi } = d
    this.#packets++
    this.#bytes += capLen
    this.#statLo |= statLo
    this.#statHi |= statHi
    this.#chainPackets[d.chain]!++
    if (wireLen <= MIN_FRAME) this.#padBytes += d.padding
    if (d.llc) this.#llc++
    if ((statLo & LO_TUNNELS) !== 0) this.#countTunnels(statLo)
    const family = packets.family[row]
    if (family === 0) {
      this.#l2++
      if ((statLo & LO_ARP) !== 0) this.#arp++
      if ((statLo & LO_RARP) !== 0) this.#rarp++
      if ((statLo & LO_IPVX) !== 0) this.#ipvx++
      return
    }
    const proto = packets.l4Proto[row]!
    this.#protoPackets[proto]!++
    this.#protoBytes[proto]! += capLen
    if (family === 4) this.#ipv4++
    if ((statHi & HI_FRAGMENT) !== 0) {
      if (family === 4) this.#ipv4Fragments++
      else this.#ipv6Fragments++
    }
    if ((statHi & HI_DTLS) !== 0) this.#dtls++
  }

  /**
   * Takes account of all rows of a batch: those beyond one a frame, each the number of its frame, and the captured payload
   * of each.
   */
  countRows(inserted: readonly number[], capLen: Uint32Array, payLen: Uint32Array, rows: number): void {
    this.#extraPackets += inserted.length
    for (const frame of inserted) this.#extraBytes += capLen[frame]!
    let bytes = 0
    for (let row = 0; row < rows; row++) bytes += payLen[row]!
    this.#payloadBytes += bytes
  }

  #countTunnels(statLo: number): void {
    if ((statLo & LO_GRE) !== 0) this.#gre++
    if ((statLo & LO_TEREDO) !== 0) this.#teredo++
    if ((statLo & LO_AYIYA) !== 0) this.#ayiya++
  }

  summary(fragments: FragmentTally): SummaryRecord {
    const packets = this.#protoPackets
    const bytes = this.#protoBytes
    return {
      type: 'summary',
      stage: 'decode',
      packets: this.#packets,
      bytes: this.#bytes,
      padBytes: this.#padBytes,
      extraPackets: this.#extraPackets,
      extraBytes: this.#extraBytes,
      payloadBytes: this.#payloadBytes,
      l2Packets: this.#l2,
      ipv4Packets: this.#ipv4,
      ipv6Packets: this.#packets - this.#l2 - this.#ipv4,
      ipvxPackets: this.#ipvx,
      ...this.#headers(),
      llcPackets: this.#llc,
      arpPackets: this.#arp,
      rarpPackets: this.#rarp,
      grePackets: this.#gre,
      teredoPackets: this.#teredo,
      ayiyaPackets: this.#ayiya,
      igmpPackets: packets[PROTO_IGMP]!,
      icmpPackets: packets[PROTO_ICMP]!,
      icmpv6Packets: packets[PROTO_ICMPV6]!,
      tcpPackets: packets[PROTO_TCP]!,
      tcpBytes: bytes[PROTO_TCP]!,
      udpPackets: packets[PROTO_UDP]!,
      udpBytes: bytes[PROTO_UDP]!,
      sctpPackets: packets[PROTO_SCTP]!,
      sctpBytes: bytes[PROTO_SCTP]!,
      dtlsPackets: this.#dtls,
      ipv4Fragments: this.#ipv4Fragments,
      ipv6Fragments: this.#ipv6Fragments,
      ...fragments,
      pktStat: mask64(this.#statHi, this.#statLo),
    }
  }

  #headers(): Record<string, number> {
    let minHdrs = this.#packets > 0 ? Number.POSITIVE_INFINITY : 0
    let maxHdrs = 0
    let sumHdrs = 0
    let maxVlanHdrs = 0
    let maxMplsHdrs = 0
    for (let chain = 0; chain < chainCount(); chain++) {
      const count = this.#chainPackets[chain]!
      if (count === 0) continue
      const depth = chainDepth(chain)
      minHdrs = Math.min(minHdrs, depth)
      maxHdrs = Math.max(maxHdrs, depth)
      sumHdrs += depth * count
      const text = chainText(chain)
      maxVlanHdrs = Math.max(maxVlanHdrs, repeats(VLAN_WORD, text))
      maxMplsHdrs = Math.max(maxMplsHdrs, repeats(MPLS_WORD, text))
    }
    return { minHdrs, maxHdrs, sumHdrs, maxVlanHdrs, maxMplsHdrs }
  }
}

const VLAN_WORD = /\bvlan(?:\{(\d+)\})?/
const MPLS_WORD = /\bmpls(?:\{(\d+)\})?/

/** How many headers in a row the first such word of a chain stands for. */
function repeats(word: RegExp, chain: string): number {
  const match = word.exec(chain)
  return match === null ? 0 : Number(match[1] ?? 1)
}
