/**
 * The status masks `flowStat`/`pktStat` (64 bits, as two words) and `pldStat` (8 bits), with Tranalyzer's bits and
 * meanings. LO_ names lie in bits 0–31, HI_ names in bits 32–63, each given as its bit within that word.
 */

export const LO_INVERTED = 1 << 0
export const LO_NO_ETH = 1 << 1
export const LO_L2_FLOW = 1 << 2
export const LO_PPPOE_DISCOVERY = 1 << 3
export const LO_PPPOE_SESSION = 1 << 4
export const LO_LLDP = 1 << 5
export const LO_ARP = 1 << 6
export const LO_RARP = 1 << 7
export const LO_VLAN = 1 << 8
export const LO_MPLS_UNICAST = 1 << 9
export const LO_MPLS_MULTICAST = 1 << 10
export const LO_L2TP = 1 << 11
export const LO_GRE = 1 << 12
export const LO_PPP = 1 << 13
export const LO_IPV4 = 1 << 14
export const LO_IPV6 = 1 << 15
export const LO_IPVX = 1 << 16
export const LO_IPIP = 1 << 17
export const LO_ETHERIP = 1 << 18
export const LO_TEREDO = 1 << 19
export const LO_AYIYA = 1 << 20
export const LO_GTP = 1 << 21
export const LO_VXLAN = 1 << 22
export const LO_CAPWAP = 1 << 23
export const LO_SCTP = 1 << 24
export const LO_UPNP = 1 << 25
export const LO_ERSPAN = 1 << 26
export const LO_WCCP = 1 << 27
export const LO_SIP_RTP = 1 << 28
export const LO_GENEVE = 1 << 29
export const LO_AH = 1 << 30
export const LO_ESP = (1 << 31) >>> 0
/** What only a frame without an IP packet can be. */
export const LO_WITHOUT_IP = LO_ARP | LO_RARP | LO_LLDP

/** Captured less than a minimal layer 2 frame; less than the IP length says; less than an L3, an L4 header. */
export const HI_L2_SNAPPED = 1 << 0
export const HI_L3_SNAPPED = 1 << 1
export const HI_L3_HEADER_SHORT = 1 << 2
export const HI_L4_HEADER_SHORT = 1 << 3
export const HI_FRAGMENT = 1 << 4
export const HI_FRAGMENT_ERROR = 1 << 5
export const HI_FRAGMENT_NO_FIRST = 1 << 6
export const HI_FRAGMENT_PENDING = 1 << 7
export const HI_TABLE_FULL = 1 << 10
/** Dissection stopped: clipped, unknown protocol, later fragment. */
export const HI_STOPPED = 1 << 11
/** The same non-zero IPv4 identification twice in a row in this direction. */
export const HI_DUPLICATE_IP_ID = 1 << 12
/** PPP whose protocol says that what follows is compressed or encrypted. */
export const HI_PPP_UNREADABLE = 1 << 13
export const HI_IPV4_HEADER_SHORT = 1 << 14
/** The IP length does not match the frame; 0 (offload) included. */
export const HI_LENGTH_MISMATCH = 1 << 15
export const HI_HEADER_OVERRUN = 1 << 16
export const HI_LAND_ATTACK = 1 << 18
export const HI_TIME_JUMP = 1 << 19
export const HI_VLAN0 = 1 << 25
/** An IPv4, an IPv6 header was in the packet, at any depth. */
export const HI_IPV4_SEEN = 1 << 26
export const HI_IPV6_SEEN = 1 << 27
export const HI_DTLS = 1 << 29

/** pldStat: the flow matched the selection; payload was dumped. */
export const PLD_MATCH = 0x01
export const PLD_DUMPED = 0x02
/** pldStat, of SCTP: the first DATA chunk seen; one that the capture cut; a TSN that is not the one before + 1. */
export const PLD_FIRST_TSN = 0x04
export const PLD_CHUNK_CUT = 0x08
export const PLD_TSN_JUMP = 0x20
/** pldStat: a segment was not written, being a keep-alive or outside any window. */
export const PLD_REJECTED = 0x10
/** pldStat: the file's name was cut; the file could not be opened or written. */
export const PLD_NAME_CUT = 0x40
export const PLD_FILE_ERROR = 0x80

/** A 64-bit mask as it is printed: `0x` and 16 digits in lower case. */
export function mask64(hi: number, lo: number): string {
  return `0x${(hi >>> 0).toString(16).padStart(8, '0')}${(lo >>> 0).toString(16).padStart(8, '0')}`
}
