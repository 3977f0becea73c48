import { word } from '../header-chains.ts'
import type { Dissection } from './dissection.ts'
import { ethernet } from './ethernet.ts'
import { likenessToEthernet } from './ethernet-likeness.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'

const CONTROL_WORD = word('pwethcw')
const ASSOCIATED_CHANNEL = word('pwach')

/** The first byte of an associated channel header (RFC 4385 5), and its channels that hold IP (RFC 4385 6). */
const CHANNEL = 0x10
const CHANNEL_IPV4 = 0x0021
const CHANNEL_IPV6 = 0x0057

/**
 * What a label path carries, at least one byte. The first half byte tells: 4 and 6 are IP, 0 is the control word of a
 * pseudowire, 1 its associated channel (RFC 4385 3). Ethernet pseudowires may go without control word (RFC 4448 4.6),
 * and addresses begin with any half byte: where the bytes look more like an Ethernet frame, they are one.
 */
export function pseudowire(d: Dissection, type: number): void {
  const { bytes, at } = d
  const first = bytes[at]! >> 4
  const plain = likenessToEthernet(d, at)
  if (first === 4 && (plain === 0 || isIpv4(d))) {
    ipv4(d)
    return
  }
  if (first === 6 && (plain === 0 || isIpv6(d))) {
    ipv6(d)
    return
  }
  if (first === 0 && likenessToEthernet(d, at + 4) > plain) {
    d.step(CONTROL_WORD)
    d.at = at + 4
    ethernet(d)
    return
  }
  if (plain > 0) ethernet(d)
  else if (bytes[at] === CHANNEL && d.end - at >= 4) associatedChannel(d, type)
  else d.layerTwo(type, at)
}

function associatedChannel(d: Dissection, type: number): void {
  const { bytes, at } = d
  const channel = (bytes[at + 2]! << 8) | bytes[at + 3]!
  d.step(ASSOCIATED_CHANNEL)
  d.at = at + 4
  if (channel === CHANNEL_IPV4) ipv4(d)
  else if (channel === CHANNEL_IPV6) ipv6(d)
  else d.layerTwo(type, d.at)
}

/** Whether an IP header's length agrees with the frame's; asked where the bytes could be both. */
function isIpv4({ bytes, at, end, wireEnd }: Dissection): boolean {
  return end - at >= 20 && at + ((bytes[at + 2]! << 8) | bytes[at + 3]!) === wireEnd
}

function isIpv6({ bytes, at, end, wireEnd }: Dissection): boolean {
  return end - at >= 40 && at + 40 + ((bytes[at + 4]! << 8) | bytes[at + 5]!) === wireEnd
}
