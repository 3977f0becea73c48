import { type HeaderMembers, headerColumns } from '../header-columns.ts'
import { ipText, ipv4Text } from '../ip-text.ts'
import type { PacketColumns } from '../packet-columns.ts'

/** Tags and labels beyond these are not kept, as in basicFlow. */
const MAX_TAGS = 3
const MAX_LABELS = 3

/** First 32 bits of Teredo addresses (RFC 4380 4). */
const TEREDO_PREFIX = 0x2001_0000
/** C, R, U and G; the others are random (RFC 5991 3). */
const TEREDO_FLAGS = 0xc3

/** Addresses of the packet around a tunnel. */
interface Ends {
  family: number
  addr: Uint32Array
}

/** What the headers so far have said. Never changed, so that it can be gone back to. */
interface Facts {
  /** Protocol identifier, tag control information, ethertype behind them. */
  vlans: readonly (readonly [tpid: number, tci: number, next: number])[]
  labels: readonly number[]
  ppp?: number
  l2tp?: HeaderMembers
  gre?: HeaderMembers
  origin?: HeaderMembers
}

const NONE: Facts = { vlans: [], labels: [] }

const hex = (value: number, digits: number): string => `0x${(value >>> 0).toString(16).padStart(digits, '0')}`

/**
 * Gathers what headers of links and tunnels say beyond what columns have room for. There is one only where it was asked
 * for, and what it gathers are objects: for those who want to know, not for the fast path.
 */
export class HeaderFacts {
  /** Members by row of the batch at hand; rows without any are left out. */
  rows = new Map<number, HeaderMembers>()
  readonly #wanted: readonly (keyof HeaderMembers)[]
  #facts = NONE
  /** What to go back to where the datagram of a tunnel stays closed; and the packet it came in. */
  #before = NONE
  #ends: Ends = { family: 0, addr: new Uint32Array(8) }
  /** Address and control field, and whether a PPP header is under way whose protocol was not read. */
  #framing = 0
  #inPpp = false

  /** `names`: of `HEADER_NAMES`. */
  constructor(names: readonly string[]) {
    this.#wanted = headerColumns(names).map(({ name }) => name)
  }

  /** Turns to another packet. */
  begin(): void {
    this.#facts = NONE
    this.#framing = 0
    this.#inPpp = false
  }

  /** Turns back to what was known at another time of the same packet. */
  get known(): unknown {
    return this.#facts
  }
  set known(facts: unknown) {
    this.#facts = facts as Facts
  }

  /** To be told before a tunnel in UDP is entered. */
  enterTunnel(packets: PacketColumns, row: number): void {
    this.#before = this.#facts
    this.#ends = endsOf(packets, row)
  }

  /** Forgets what was found in the tunnel. */
  leaveTunnel(): void {
    this.#facts = this.#before
  }

  vlanTag(tpid: number, tci: number, next: number): void {
    const { vlans } = this.#facts
    if (vlans.length < MAX_TAGS) this.#facts = { ...this.#facts, vlans: [...vlans, [tpid, tci, next]] }
  }

  /** A label stack begins, which takes the place of one around it. */
  labelStack(): void {
    this.#facts = { ...this.#facts, labels: [] }
  }

  label(entry: number): void {
    const { labels } = this.#facts
    if (labels.length < MAX_LABELS) this.#facts = { ...this.#facts, labels: [...labels, entry >>> 0] }
  }

  pppFraming(framing: number): void {
    this.#framing = framing
  }

  pppHeader(): void {
    this.#inPpp = true
  }

  /** Of several protocol fields, as in multilink PPP, the first is the header's. */
  pppProtocol(protocol: number): void {
    if (!this.#inPpp) return
    this.#facts = { ...this.#facts, ppp: ((this.#framing << 16) | protocol) >>> 0 }
    this.#framing = 0
    this.#inPpp = false
  }

  /** Version 2, or 3 over UDP: the packet around is the one whose tunnel was entered. */
  l2tp(flags: number, numbers: Pick<HeaderMembers, 'l2tpTID' | 'l2tpSID' | 'l2tpCCSID'>): void {
    this.#setL2tp({ l2tpHdr: hex(flags, 4), ...numbers }, this.#ends)
  }

  /** Version 3 over IP has no flags. */
  l2tpOverIp(session: number, packets: PacketColumns, row: number): void {
    this.#setL2tp({ l2tpCCSID: session >>> 0 }, endsOf(packets, row))
  }

  #setL2tp(members: HeaderMembers, { family, addr }: Ends): void {
    const ends = { l2tpSrcIP: ipText(family, addr, 0), l2tpDstIP: ipText(family, addr, 4) }
    this.#facts = { ...this.#facts, l2tp: { ...members, ...ends } }
  }

  /** The first four bytes of the header, in the packet of the row. */
  gre(word: number, packets: PacketColumns, row: number): void {
    const { family, addr } = endsOf(packets, row)
    const ends = { greSrcIP: ipText(family, addr, 0), greDstIP: ipText(family, addr, 4) }
    this.#facts = { ...this.#facts, gre: { greHdr: hex(word, 8), ...ends } }
  }

  /** Address and port behind which the sender's packet came out, as they stand in the indication: inverted. */
  teredoOrigin(port: number, address: number): void {
    const origin = { trdoDstIP: ipv4Text(~address >>> 0), trdoDstPort: ~port & 0xffff }
    this.#facts = { ...this.#facts, origin }
  }

  /** Gives the row of a packet what was found. */
  finish(packets: PacketColumns, row: number): void {
    const found: HeaderMembers = {
      ...tagMembers(this.#facts),
      ...labelMembers(this.#facts),
      ...(this.#facts.ppp !== undefined && { pppHdr: hex(this.#facts.ppp, 8) }),
      ...this.#facts.l2tp,
      ...this.#facts.gre,
      ...this.#facts.origin,
      ...teredoMembers(packets, row),
    }
    const members = Object.fromEntries(
      this.#wanted.flatMap(name => (found[name] === undefined ? [] : [[name, found[name]]])),
    )
    if (Object.keys(members).length > 0) this.rows.set(row, members)
    else this.rows.delete(row)
  }
}

function endsOf({ family, addr }: PacketColumns, row: number): Ends {
  return { family: family[row]!, addr: addr.slice(8 * row, 8 * row + 8) }
}

function tagMembers({ vlans }: Facts): HeaderMembers {
  if (vlans.length === 0) return {}
  return {
    vlanHdr: vlans.map(([, tci, next]) => hex((tci << 16) | next, 8)),
    vlanTPID_PCP_DEI_VID: vlans.map(([tpid, tci]) => ({
      tpid: hex(tpid, 4),
      pcp: tci >> 13,
      dei: (tci >> 12) & 1,
      vid: tci & 0xfff,
    })),
  }
}

function labelMembers({ labels }: Facts): HeaderMembers {
  if (labels.length === 0) return {}
  const numbers = labels.map(entry => entry >>> 12)
  return {
    mplsLabels: numbers,
    mplsLabelsHex: numbers.map(label => hex(label, 8)),
    mplsHdrsHex: labels.map(entry => hex(entry, 8)),
    mplsLabel_ToS_S_TTL: labels.map(entry => ({
      label: entry >>> 12,
      tos: (entry >> 9) & 7,
      s: (entry >> 8) & 1,
      ttl: entry & 0xff,
    })),
  }
}

/** What Teredo addresses say of their client and its server (RFC 4380 4). */
function teredoMembers({ family, addr }: PacketColumns, row: number): HeaderMembers {
  if (family[row] !== 6) return {}
  const [src, dst] = [8 * row, 8 * row + 4]
  const parts = (at: number): [string, string, string, number] => [
    hex((addr[at + 2]! >>> 24) & TEREDO_FLAGS, 2),
    ipv4Text(addr[at + 1]!),
    ipv4Text(~addr[at + 3]! >>> 0),
    ~addr[at + 2]! & 0xffff,
  ]
  const members: HeaderMembers = {}
  if (addr[src] === TEREDO_PREFIX) {
    const [trdo6SrcFlgs, trdo6SrcSrvIP4, trdo6SrcCPIP4, trdo6SrcCPPort] = parts(src)
    Object.assign(members, { trdo6SrcFlgs, trdo6SrcSrvIP4, trdo6SrcCPIP4, trdo6SrcCPPort })
  }
  if (addr[dst] === TEREDO_PREFIX) {
    const [trdo6DstFlgs, trdo6DstSrvIP4, trdo6DstCPIP4, trdo6DstCPPort] = parts(dst)
    Object.assign(members, { trdo6DstFlgs, trdo6DstSrvIP4, trdo6DstCPIP4, trdo6DstCPPort })
  }
  return members
}
