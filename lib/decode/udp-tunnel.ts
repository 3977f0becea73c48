import { ayiya } from './ayiya.ts'
import { capwap } from './capwap.ts'
import type { Dissection } from './dissection.ts'
import { AYIYA, CAPWAP, GENEVE, GTP, L2TP, MPLS, TEREDO, VXLAN } from './encapsulations.ts'
import { geneve } from './geneve.ts'
import { gtp } from './gtp.ts'
import { l2tp } from './l2tp.ts'
import { lwapp } from './lwapp.ts'
import { mplsInUdp } from './mpls-in-udp.ts'
import { teredo } from './teredo.ts'
import { vxlan } from './vxlan.ts'
import { vxlanGpe } from './vxlan-gpe.ts'

const PORT_L2TP = 1701
const PORT_GTP = 2152
const PORT_TEREDO = 3544
const PORT_VXLAN = 4789
const PORT_VXLAN_GPE = 4790
const PORT_AYIYA = 5072
const PORT_CAPWAP = 5247
const PORT_GENEVE = 6081
const PORT_MPLS = 6635
/** Of data; control messages have the next. */
const PORT_LWAPP = 12_222
/** VXLAN as Linux has it unless told otherwise; registered for OTV. */
const PORT_VXLAN_LINUX = 8472

/** A bit for each port: whether a tunnel goes to it. Small, as every datagram asks for two of them. */
const tunnelPorts = new Uint32Array(0x10000 / 32)
for (const port of [
  PORT_L2TP,
  PORT_GTP,
  PORT_TEREDO,
  PORT_VXLAN,
  PORT_VXLAN_GPE,
  PORT_AYIYA,
  PORT_CAPWAP,
  PORT_GENEVE,
  PORT_MPLS,
  PORT_LWAPP,
  PORT_VXLAN_LINUX,
]) {
  tunnelPorts[port >>> 5]! |= 1 << (port & 31)
}

/** Whether one of a datagram's ports is that of a tunnel. */
export function hasTunnelPort(srcPort: number, dstPort: number): boolean {
  return (
    (((tunnelPorts[srcPort >>> 5]! >>> (srcPort & 31)) | (tunnelPorts[dstPort >>> 5]! >>> (dstPort & 31))) &
      1) !==
    0
  )
}

/**
 * Opens the tunnel that one of a datagram's ports stands for, the receiver's first, if the payload at `at` begins with
 * its header. False: it is no tunnel, or one that is not to be opened, and nothing was changed.
 */
export function udpTunnel(d: Dissection, at: number, srcPort: number, dstPort: number): boolean {
  return opened(d, at, dstPort) || (srcPort !== dstPort && opened(d, at, srcPort))
}

function opened(d: Dissection, at: number, port: number): boolean {
  switch (port) {
    case PORT_L2TP:
      return d.opens(L2TP) && l2tp(d, at)
    case PORT_GTP:
      return d.opens(GTP) && gtp(d, at)
    case PORT_TEREDO:
      return d.opens(TEREDO) && teredo(d, at)
    case PORT_VXLAN:
      return d.opens(VXLAN) && vxlan(d, at, false)
    case PORT_VXLAN_LINUX:
      return d.opens(VXLAN) && vxlan(d, at, true)
    case PORT_VXLAN_GPE:
      return d.opens(VXLAN) && vxlanGpe(d, at)
    case PORT_AYIYA:
      return d.opens(AYIYA) && ayiya(d, at)
    case PORT_CAPWAP:
      return d.opens(CAPWAP) && capwap(d, at)
    case PORT_LWAPP:
      return d.opens(CAPWAP) && lwapp(d, at)
    case PORT_GENEVE:
      return d.opens(GENEVE) && geneve(d, at)
    case PORT_MPLS:
      return d.opens(MPLS) && mplsInUdp(d, at)
    default:
      return false
  }
}
