import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Difference, nine } from './original-text.ts'

/** What the original gets wrong, and what of its output that strikes: kinds of output, or columns. */
export interface Fault {
  section: string
  what: string
  strikes: string[]
}

/**
 * `captures`: the faults that strike each, told by what is in the captures before any output was compared; `found`:
 * faults that only the comparison brought to light, with the captures that they strike.
 */
export const EXEMPT = JSON.parse(
  readFileSync(join(import.meta.dirname, '../goldens-exempt.json'), 'utf8'),
) as {
  faults: Record<string, Fault>
  captures: Record<string, string[]>
  found: Record<string, { what: string; captures: string[] }>
}

/** Whether one of the faults that the comparison brought to light strikes this capture. */
export function isFoundFaulty(name: string): boolean {
  return Object.values(EXEMPT.found).some(({ captures }) => captures.includes(name))
}

const isFound = (fault: string, { golden }: Difference): boolean =>
  EXEMPT.found[fault]!.captures.includes(golden.name)

/** What a fault can strike alone, a column of flows or packets; else it strikes whole rows. */
const COLUMNS: Record<string, string> = { dir: 'dir', pldStat: 'pldStat', vlanID: 'ethVlanID' }
const COLUMNS_OF_FLOWS = ['dir', 'pldStat', 'vlanID', 'flows']
const COLUMNS_OF_PACKETS = ['pldStat', 'vlanID', 'packets']

/** The columns that faults strike in a capture's rows; undefined: whole rows are struck. */
export function struckColumns(name: string, where: 'flows' | 'packets'): string[] | undefined {
  const struck = faultsOf(name, where).flatMap(fault => EXEMPT.faults[fault]!.strikes)
  if (struck.includes(where)) return undefined
  return struck.flatMap(what => COLUMNS[what] ?? [])
}

/** The faults that strike this output of a capture. */
export function faultsOf(name: string, where: Difference['where']): string[] {
  const struck = { flows: COLUMNS_OF_FLOWS, packets: COLUMNS_OF_PACKETS, payload: ['payload'] }[where]
  return (EXEMPT.captures[name] ?? []).filter(fault =>
    EXEMPT.faults[fault]!.strikes.some(what => struck.includes(what)),
  )
}

/** Bits of flowStat that only one side has. */
const unlike = ({ ours, theirs }: Difference): bigint => BigInt(ours) ^ BigInt(theirs)
const isBits = (difference: Difference, bits: bigint): boolean =>
  difference.column === 'flowStat' && (unlike(difference) & ~bits) === 0n
const bit = (number: number): bigint => 1n << BigInt(number)
const FRAGMENT_BITS = [36, 37, 38, 39, 43, 44].map(bit).reduce((all, one) => all | one)

const chains = (row: Difference['our']): string => row?.hdrDesc ?? ''
const hasFault = ({ golden }: Difference, ...faults: string[]): boolean =>
  (EXEMPT.captures[golden.name] ?? []).some(fault => faults.includes(fault))
/** Both times, counters and numbers that follow from which packets a flow has. */
const OF_OTHER_FLOWS = [
  ...['row', 'order', 'flowInd', 'timeFirst', 'timeLast', 'duration', 'pktIAT', 'pktTrip', 'flowDuration'],
  ...['flowStat', 'pldStat', 'numHdrDesc', 'numHdrs', 'hdrDesc', 'dir'],
]
const LENGTHS = ['duration', 'pktIAT', 'pktTrip', 'flowDuration']

/**
 * Why texts differ: each class by the name under which docs/tranalyzer-texts.md explains it. The first that fits is
 * taken. Those with a fault hold only in captures that this strikes.
 */
export const CLASSES: Record<string, (difference: Difference) => boolean> = {
  'link-type': d => hasFault(d, 'link-type'),
  'capture-given-up': d => hasFault(d, 'capture-given-up'),
  'short-capture': d => hasFault(d, 'short-capture'),
  'lone-b': d => d.column === 'dir' && d.ours === 'B' && isBitSet(d.their?.flowStat, 0),
  'vlan-priority': d => {
    const own = d.theirs.split(';').map(tci => Number(tci) & 0xfff)
    return d.column === 'ethVlanID' && own.join(';') === d.ours
  },
  'vlan-of-the-flow': d => d.where === 'packets' && d.column === 'ethVlanID',
  'sctp-streams': d => hasFault(d, 'sctp-streams'),
  'port-reuse': d =>
    hasFault(d, 'port-reuse') && (OF_OTHER_FLOWS.includes(d.column) || d.where === 'payload'),
  fragments: d =>
    hasFault(d, 'ipv4-fragments', 'ipv6-fragments') &&
    (isBits(d, FRAGMENT_BITS) ||
      [...OF_OTHER_FLOWS, 'srcPort', 'dstPort', 'l7Content'].includes(d.column) ||
      d.where === 'payload'),
  'clock-set-back': d => hasFault(d, 'time-back') && (LENGTHS.includes(d.column) || isBits(d, bit(51))),
  'broken-clock': d => isFound('broken-clock', d),
  'no-802.11': d => isFound('no-802.11', d) && d.column === 'row',
  'no-row-for-ppp': d => isFound('no-row-for-ppp', d) && d.column === 'row',
  'no-arp-in-tunnel': d => isFound('no-arp-in-tunnel', d) && d.column === 'row',
  'mpls-guess': d => isFound('mpls-guess', d),
  'erspan-without-header': d => isFound('erspan-without-header', d),
  slarp: d => isFound('slarp', d),
  'frame-beyond-64k': d => hasFault(d, 'tunnel-closed') && d.column === 'l7Content' && d.ours.length > 65_000,
  'pim-registers': d =>
    hasFault(d, 'tunnel-closed') &&
    chains(d.our).includes(':pim') &&
    (['numHdrs', 'hdrDesc', 'numHdrDesc', 'flowStat'].includes(d.column) || d.where === 'payload'),
  'tunnel-left-closed': d =>
    (hasFault(d, 'tunnel-closed') && !chains(d.our).includes(':pim')) || isFound('tunnel-left-closed', d),
  'raw-without-name': d => ['hdrDesc', 'numHdrs'].includes(d.column) && chains(d.their).startsWith(':ip'),
  'protocol-of-ah': d => chains(d.our).includes(':ah:') && ['l4Proto', 'l7Content'].includes(d.column),
  'esp-of-ipv6': d => isBits(d, bit(31)) && chains(d.our).includes('ipv6:esp'),
  'empty-ipv6': d => isBits(d, bit(47)) && isBitSet(d.their?.flowStat, 47),
  'gre-keep-alive': d =>
    chains(d.their).includes(':gre:wlccp') && ['hdrDesc', 'numHdrs', 'flowStat'].includes(d.column),
  'zero-for-nothing': d => d.column === 'l4Proto' && d.ours === '' && d.theirs === '0',
  'padding-behind-802.3': d =>
    (chains(d.our).includes(':llc') || chains(d.our).includes('loop')) &&
    (d.where === 'payload' || (d.column === 'l7Content' && d.theirs.startsWith(d.ours))),
  'udp-length': d => hasFault(d, 'udp-length') && (d.column === 'l7Content' || d.where === 'payload'),
  'length-modulo-64k': d =>
    isBitSet(d.their?.flowStat, 47) &&
    (d.where === 'payload' || (d.column === 'l7Content' && d.ours.startsWith(d.theirs))),
  'ipv6-payload-lost': d =>
    hasFault(d, 'ipv6-payload-lost') &&
    (['pldStat', 'l7Content'].includes(d.column) || (d.where === 'payload' && d.theirs === 'none')),
  'out-of-order': d =>
    hasFault(d, 'sequence-wrap', 'late-first-segment') && d.column === 'pldStat' && d.theirs === '0x13',
  'not-payload': d =>
    hasFault(d, 'data-on-rst', 'data-behind-fin', 'keep-alive-first', 'huge-gap') && d.column === 'pldStat',
  'start-of-streams': d => d.golden.name.endsWith('-OFF') && d.where === 'payload',
  'name-of-time': d => d.where === 'payload' && /^\d+\.\d+T/.test(d.column),
  'file-of-its-own': d => hasFault(d, 'names-overwritten') && d.where === 'payload',
  'other-bytes': d => d.where === 'payload' && faultsOf(d.golden.name, 'payload').length > 0,
}

const isBitSet = (flowStat: string | undefined, number: number): boolean =>
  flowStat !== undefined && (BigInt(flowStat) & bit(number)) !== 0n

/** The class of a difference; undefined: nobody knows. */
export function classOf(difference: Difference): string | undefined {
  return Object.keys(CLASSES).find(name => CLASSES[name]!(difference))
}

/** A difference in a line for those who look into it. */
export function told({ golden, where, column, ours, theirs, our, their }: Difference): string {
  const row = our ?? their
  const time = row?.timeFirst === undefined ? '' : nine(row.timeFirst)
  const which = where === 'packets' ? row?.pktNo : `${row?.flowInd} ${row?.srcIP} ${time}`
  const short = (text = 'nothing'): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
  return `${golden.name}: ${where} ${which}: ${column}: ${short(ours)}, there ${short(theirs)}`
}
