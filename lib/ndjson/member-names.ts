/** Members that the flow stage adds to a packet. */
export const TAG_NAMES: readonly string[] = [
  'flowInd',
  'dir',
  'flowStat',
  'pktIAT',
  'pktTrip',
  'flowDuration',
]

/** Members that the payload stage adds to a packet. */
export const PLD_STAT_NAMES: readonly string[] = ['pldStat']

/** Members that the payload and sink stages add to a flow. */
export const FLOW_PAYLOAD_NAMES: readonly string[] = [
  'pldStat',
  'pldFile',
  'pldIndex',
  'pldLen',
  'pldBytes',
  'pldGaps',
  'pldOverlaps',
  'pldFiles',
]
