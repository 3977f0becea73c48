import type { FrameAt } from './frame-at.ts'
import { refuseLink } from './refuse.ts'
import { behind, both, bytesAre, type Place, type Test } from './tests.ts'

/** Ethertypes that the tests ask for (IEEE 802 numbers). */
export const ETHER = {
  ip: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  ip6: 0x86dd,
  vlan: 0x8100,
  qinq: 0x88a8,
  oldQinq: 0x9100,
  mpls: 0x8847,
  pppoed: 0x8863,
  pppoes: 0x8864,
  atalk: 0x809b,
  aarp: 0x80f3,
  ipx: 0x8137,
} as const

/** SAPs of 802.2, below the ethertypes. */
export const SAP = { stp: 0x42, ipx: 0xe0, netbeui: 0xf0, iso: 0xfe } as const

/** Longest payload of an 802.3 frame; greater numbers in its length field are ethertypes. */
export const MAX_LENGTH = 1500

/** How the frames of a link type are built. Members that are missing cannot be asked for. */
export interface LinkLayer {
  name: string
  /** Where the field lies that names what is carried, and where that begins; none where frames begin with IP. */
  typeAt?: number
  /** Position of the payload, in the frame or where `findBases` has found the payload. */
  payloadAt?: number
  /** From the payload to the network header, and without SNAP; 0 if not given. */
  network?: number
  /** Something stands in front of the link header, as `findBases` finds. */
  linkVaries?: boolean
  /** Sets where the link header and the payload begin; false rejects the frame. */
  findBases?: (frame: FrameAt) => boolean
  /** Whether the frame carries a protocol, named by its ethertype or SAP. */
  carries?: (layout: Layout, type: number) => Test
  /** MAC addresses: 6 bytes each at these positions. */
  macs?: { dst: number; src: number }
  vlan?: boolean
  /** The protocol's number where MPLS can follow. */
  mpls?: number
  outgoing?: () => Test
}

/**
 * Where headers lie for the part of the expression at hand: `vlan`, `mpls` and `pppoes` move them for all that follows.
 */
export class Layout {
  layer: LinkLayer
  readonly name: string
  link: Place
  typeField: Place
  /** Behind the link header; and the network header, which labels may push further. */
  payload: Place
  network: Place
  labels = 0

  constructor(layer: LinkLayer) {
    const variable = layer.findBases !== undefined
    this.layer = layer
    this.name = layer.name
    this.link = { base: layer.linkVaries === true ? 'link' : 'frame', offset: 0 }
    this.payload = { base: variable ? 'payload' : 'frame', offset: layer.payloadAt ?? 0 }
    this.typeField = { base: this.payload.base, offset: layer.typeAt ?? 0 }
    this.network = { base: this.payload.base, offset: this.payload.offset + (layer.network ?? 0) }
  }

  /** Makes everything behind the link header begin later, by a tag. */
  shift(by: number): void {
    for (const place of ['typeField', 'payload', 'network'] as const) this.move(place, by)
  }

  move(place: 'typeField' | 'payload' | 'network', by: number): void {
    this[place] = { base: this[place].base, offset: this[place].offset + by }
  }

  /** Whether the link layer carries a protocol. */
  carries(type: number): Test {
    const { carries } = this.layer
    if (this.labels > 0) return this.#behindLabels(type)
    return carries === undefined
      ? refuseLink(this.name, 'protocols and addresses cannot be selected')
      : carries(this, type)
  }

  /** Nothing in MPLS names what follows the last label; the version of IP is looked for. */
  #behindLabels(type: number): Test {
    const version = type === ETHER.ip ? 0x40 : type === ETHER.ip6 ? 0x60 : undefined
    if (version === undefined) return refuseLink(`MPLS in ${this.name}`, 'only IPv4 and IPv6 can be selected')
    return both(bytesAre(behind(this.network, -2), 1, 1, 1), bytesAre(this.network, 1, version, 0xf0))
  }
}
