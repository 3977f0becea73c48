/**
 * How the state of live flows lies in memory: one record a conversation, one a direction that was seen, both in
 * `Slots`. Of its two endpoints the lower one (by address, then port) comes first; side 0 is the direction from the
 * lower to the higher endpoint, side 1 the other.
 */

/** Words of a conversation's record. */
export const CONVERSATION_WORDS = 18
/** The key: addresses (lower endpoint, higher endpoint; four words each), ports, VLAN with ethertype and family. */
export const C_ADDR = 0
export const C_PORTS = 8
export const C_LAYER = 9
/** IP protocol in the lowest byte, which belongs to the key; STATE_ bits above it. */
export const C_STATE = 10
/** Slots of the directions of side 0 and side 1; 0: not seen yet. */
export const C_SIDES = 11
/** Links of the queue that waits for the conversation to fall idle. */
export const C_BEFORE = 13
export const C_AFTER = 14
/** The connection before this one on the same key, while it may still get late segments; there: the one after it. */
export const C_PREVIOUS = 15
/** flowInd, as a double. */
export const C_FLOW_IND_F64 = 8

/** What is known of TCP on side 0; shifted left by 3 for side 1. */
export const STATE_ISN = 1 << 8
export const STATE_SEQ = 1 << 9
export const STATE_FIN = 1 << 10
export const STATE_RST = 1 << 14
/** Side 1 opened the conversation. */
export const STATE_OPENED_BY_1 = 1 << 15
/** Another connection has taken this one's place in the table. */
export const STATE_RETIRED = 1 << 16
/** The conversation waits in the queue's list, or in its heap. */
export const STATE_LISTED = 1 << 17
export const STATE_HEAPED = 1 << 18

/** Words of a direction's record; the first seven doubles are its counters and times. */
export const DIRECTION_WORDS = 22
export const D_FIRST_SEC_F64 = 0
export const D_LAST_SEC_F64 = 1
export const D_FIRST_PKT_NO_F64 = 2
/** Packets: the lower 32 bits of their number in a word of their own, the upper 16 beside the last identification. */
export const D_PACKETS = 6
export const D_IP_ID = 7
export const D_WIRE_BYTES_F64 = 4
export const D_CAP_BYTES_F64 = 5
export const D_L7_BYTES_F64 = 6
export const D_FIRST_NSEC = 14
export const D_LAST_NSEC = 15
export const D_STAT_LO = 16
export const D_STAT_HI = 17
/** When the direction was last seen, or passed over, in the order of arrival: see arrival-order.ts. */
export const D_ARRIVAL = 18
export const D_PROFILE = 19
/** TCP: the sequence number that comes next; the ISN or, without STATE_ISN, the lowest sequence number seen. */
export const D_TCP_NEXT = 20
export const D_TCP_START = 21
/** ICMP has no sequence numbers: type and code of the conversation's first packet, on the side that opened it. */
export const D_ICMP = D_TCP_START
