import { word } from '../header-chains.ts'
import { HI_L4_HEADER_SHORT, LO_UPNP } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'
import { dtls } from './dtls.ts'
import { hasTunnelPort, udpTunnel } from './udp-tunnel.ts'

const SSDP = word('ssdp')

const PORT_SSDP = 1900

/** UDP (RFC 768). */
export function udp(d: Dissection): void {
  const { bytes, at, row, packets } = d
  if (!ports(d)) return
  const srcPort = packets.srcPort[row]!
  const dstPort = packets.dstPort[row]!
  if ((srcPort === PORT_SSDP && dstPort > 1024) || (dstPort === PORT_SSDP && srcPort > 1024)) {
    d.statLo |= LO_UPNP
    d.step(SSDP)
  }
  if (d.fragment) return
  const length = (bytes[at + 4]! << 8) | bytes[at + 5]!
  if (length < 8) {
    // a datagram longer than its length field can say carries 0 there (RFC 2675 4)
    if (length !== 0 || !d.lengthFree) {
      d.statHi |= HI_L4_HEADER_SHORT
      return
    }
  } else if (at + length < d.wireEnd) {
    d.wireEnd = at + length
    if (d.wireEnd < d.end) d.end = d.wireEnd
  }
  d.payload(at + 8)
  if (hasTunnelPort(srcPort, dstPort) && udpTunnel(d, at + 8, srcPort, dstPort)) return
  dtls(d, at + 8)
}

/** UDP-Lite (RFC 3828): its third field says how much the checksum covers; the length is that of IP. */
export function udpLite(d: Dissection): void {
  if (ports(d)) d.payload(d.at + 8)
}

function ports(d: Dissection): boolean {
  const { bytes, at, row, packets } = d
  if (d.end - at < 8) {
    d.statHi |= HI_L4_HEADER_SHORT
    return false
  }
  packets.srcPort[row] = (bytes[at]! << 8) | bytes[at + 1]!
  packets.dstPort[row] = (bytes[at + 2]! << 8) | bytes[at + 3]!
  return true
}
