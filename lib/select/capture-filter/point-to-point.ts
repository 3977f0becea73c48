import { ETHER, type Layout, type LinkLayer, SAP } from './layout.ts'
import { basesOf, computeOf, keyOf } from './operands.ts'
import {
  bytesAre,
  bytesAt,
  type Compute,
  compare,
  either,
  NEVER,
  type Operand,
  type Place,
  type Test,
} from './tests.ts'

/** PPP numbers of what else is named by ethertype or SAP (RFC 1661 and the registry of PPP numbers). */
const PPP_NUMBERS: ReadonlyMap<number, number> = new Map<number, number>([
  [ETHER.ip, 0x0021],
  [ETHER.ip6, 0x0057],
  [SAP.iso, 0x0023],
  [0x6003, 0x0027],
  [ETHER.atalk, 0x0029],
  [SAP.ipx, 0x002b],
  [SAP.stp, 0x0031],
])

/** PPP with address and control. */
export const PPP_HDLC_LINK: LinkLayer = {
  name: 'PPP_HDLC',
  typeAt: 2,
  payloadAt: 4,
  carries: ({ typeField }, type) => bytesAre(typeField, 2, PPP_NUMBERS.get(type) ?? type),
}

/** The same; only here tcpdump knows MPLS. */
export const PPP_LINK: LinkLayer = { ...PPP_HDLC_LINK, name: 'PPP', mpls: 0x0281 }

export const PPP_ETHER_LINK: LinkLayer = { ...PPP_HDLC_LINK, name: 'PPP_ETHER', typeAt: 6, payloadAt: 8 }

export const C_HDLC_LINK: LinkLayer = {
  name: 'C_HDLC',
  typeAt: 2,
  payloadAt: 4,
  mpls: ETHER.mpls,
  carries: ({ typeField }, type) => bytesAre(typeField, 2, type === SAP.iso ? 0xfefe : type),
}

/** Address families of IPv6 on the BSDs, which differ. */
const AF_INET = 2
const AF_INET6 = [30, 24, 28]

/** The address family in the byte order of the host that captured: either is taken. */
export const NULL_LINK: LinkLayer = {
  name: 'NULL',
  typeAt: 0,
  payloadAt: 4,
  carries: (layout, type) =>
    family(layout, type, (at, number) => compare(inEitherOrder(bytesAt(at, 4)), 'eq', number)),
}

/** A small number in four bytes, whose first are zero in one of the two orders. */
function inEitherOrder(operand: Operand): Operand {
  const word = computeOf(operand)
  const compute: Compute = frame => {
    const value = word(frame)
    return value < 0x1_0000 ? value : ((value >>> 24) | ((value >>> 8) & 0xff00)) % 0x1_0000
  }
  return { kind: 'computed', key: `${keyOf(operand)}in either order`, compute, bases: basesOf(operand) }
}

/** The same in network byte order. */
export const LOOP_LINK: LinkLayer = {
  name: 'LOOP',
  typeAt: 0,
  payloadAt: 4,
  carries: (layout, type) => family(layout, type, (at, number) => bytesAre(at, 4, number)),
}

function family({ typeField }: Layout, type: number, is: (at: Place, number: number) => Test): Test {
  if (type === ETHER.ip) return is(typeField, AF_INET)
  if (type !== ETHER.ip6) return NEVER
  const [first, ...others] = AF_INET6.map(number => is(typeField, number))
  return either(first!, ...others)
}
