import { linkLayerName } from './link-layer-names.ts'
import type { ReportFacts } from './report-facts.ts'
import { amount, moment, share, span } from './report-numbers.ts'
import { remarks } from './report-remarks.ts'

/** How lines may stand out on a terminal: the plugin's name, warnings, remarks. */
export interface ReportStyle {
  plugin(text: string): string
  warning(text: string): string
  info(text: string): string
}

const PLAIN: ReportStyle = { plugin: text => text, warning: text => text, info: text => text }

/** Lines are as wide as a terminal. */
const WIDTH = 80

/** What the original's table holds unless told otherwise. Ours grows, so that the share of it says who could have done the work. */
const ORIGINAL_FLOWS = 262_144

type Counters = Readonly<Record<string, number>>

/**
 * The report at the end of a run, line by line in the words and the order of Tranalyzer 0.8.13. Lines whose number is 0
 * are left out, as are the parts of stages whose counters did not come. What the tutorial's report does not know (bytes
 * missing, repeated, rejected) follows in the part of the payload.
 */
export function endReport(facts: ReportFacts, style: ReportStyle = PLAIN): string {
  const { flow, payload, sink } = facts.stages
  const lines = [...banner(facts), ...input(facts), ...totals(facts)]
  if (Object.keys(payload).length > 0 || Object.keys(sink).length > 0) {
    lines.push(
      '-'.repeat(WIDTH),
      ...payloadLines(facts).map(line => `${style.plugin('payloadDumper')}: ${line}`),
    )
    lines.push('-'.repeat(WIDTH))
  }
  lines.push(...headers(facts))
  if ((flow.flows ?? 0) > 0) lines.push('~'.repeat(WIDTH), ...flowLines(facts))
  lines.push('~'.repeat(WIDTH), ...rates(facts))
  if (facts.aggFlowStat !== undefined) {
    // every run has both directions, so the bit of B says nothing here
    const mask = BigInt(facts.aggFlowStat) & ~1n
    if (mask !== 0n) lines.push(`Aggregated flowStat=0x${mask.toString(16).padStart(16, '0')}`)
    for (const { level, text } of remarks(mask)) {
      lines.push(level === 'warning' ? style.warning(`[WRN] ${text}`) : style.info(`[INF] ${text}`))
    }
  }
  return `${lines.join('\n')}\n`
}

/** `Name: n`, where n is not 0; `whole` adds the share that n is of it. */
function counted(name: string, value: number | undefined, whole?: number): string[] {
  if (!value) return []
  return [`${name}: ${amount(value)}${whole === undefined ? '' : share(value, whole)}`]
}

function ratio(name: string, part: number | undefined, whole: number): string[] {
  return part && whole > 0 ? [`${name}: ${amount(part / whole, 2)}`] : []
}

function banner({ run, stages }: ReportFacts): string[] {
  const line = '='.repeat(WIDTH)
  const active = Object.entries(stages).filter(([, counters]) => Object.keys(counters).length > 0)
  return [
    line,
    `pldpipe ${run.version}. PID: ${run.pid}`,
    line,
    'Active stages:',
    ...active.map(([name], index) => `    ${String(index + 1).padStart(2, '0')}: ${name}, ${run.version}`),
  ]
}

function input({ captures, firstTime, lastTime, duration, run, completed }: ReportFacts): string[] {
  const lines: string[] = []
  captures.forEach(({ file, linkTypes }, index) => {
    const which = captures.length > 1 ? ` no. ${index + 1} of ${captures.length}` : ''
    lines.push(`Processing file${which}: ${file}`)
    for (const type of linkTypes) lines.push(`Link layer type: ${linkLayerName(type)}`)
  })
  if (firstTime !== undefined && lastTime !== undefined && duration !== undefined) {
    lines.push(`Dump start: ${moment(firstTime)}`, `Dump stop : ${moment(lastTime)}`)
    lines.push(`Total dump duration: ${span(duration)}`)
  }
  lines.push(`Finished processing. Elapsed time: ${run.elapsed.toFixed(6)} sec`)
  lines.push(`Finished unloading flow memory. Time: ${run.unloaded.toFixed(6)} sec`)
  if (completed !== undefined) lines.push(`Percentage completed: ${(100 * completed).toFixed(2)}%`)
  return lines
}

function totals({ stages: { capture, decode, flow } }: ReportFacts): string[] {
  const { packets = 0 } = decode
  const { aPackets = 0, bPackets = 0, aBytes = 0, bBytes = 0 } = flow
  const withFlow = aPackets + bPackets
  const lines = [
    ...counted('Number of processed packets', capture.packets),
    ...counted('Number of processed bytes', capture.capBytes),
    ...counted('Number of raw bytes', capture.wireBytes),
    ...counted('Number of pad bytes', decode.padBytes),
    ...counted('Number of pcap bytes', capture.fileBytes),
    ...counted('Number of L2 packets', decode.l2Packets, packets),
    ...counted('Number of IPv4 packets', decode.ipv4Packets, packets),
    ...counted('Number of IPv6 packets', decode.ipv6Packets, packets),
    ...counted('Number of IPvX packets', decode.ipvxPackets, packets),
  ]
  if (withFlow === 0) return lines
  return [
    ...lines,
    ...(packets > withFlow ? counted('Number of packets without flow', packets - withFlow, packets) : []),
    ...counted('Number of A packets', aPackets, withFlow),
    ...counted('Number of B packets', bPackets, withFlow),
    ...counted('Number of A bytes', aBytes, aBytes + bBytes),
    ...counted('Number of B bytes', bBytes, aBytes + bBytes),
    ...ratio('Average A packet load', aBytes, aPackets),
    // told in any case: 0 means that nothing was ever answered
    `Average B packet load: ${amount(bPackets > 0 ? bBytes / bPackets : 0, 2)}`,
  ]
}

function payloadLines({ stages: { flow, payload, sink }, aggPldStat, folder }: ReportFacts): string[] {
  const files = sink.files ?? 0
  const { flows = 0 } = flow
  const of = (
    what: string,
    bytes: number | undefined,
    count: number | undefined,
    places: string,
  ): string[] =>
    bytes ? [`Number of ${what} bytes: ${amount(bytes)}${count ? ` in ${amount(count)} ${places}` : ''}`] : []
  return [
    ...(aggPldStat === undefined || Number(aggPldStat) === 0 ? [] : [`Aggregated pldStat=${aggPldStat}`]),
    ...counted('Number of non zero content dumped flows', files || payload.flowsWithPayload, flows),
    ...(files > 0 && folder !== undefined ? [`Dumped to: ${folder}`] : []),
    ...of('dumped', payload.writtenBytes, undefined, ''),
    ...of('missing', payload.gapBytes, payload.gaps, 'gaps'),
    ...of('repeated', payload.duplicateBytes, undefined, ''),
    ...of('rejected', payload.rejectedBytes, undefined, ''),
    ...of('differing repeated', payload.conflictBytes, payload.conflicts, 'places'),
    ...counted('Number of files that could not be written', sink.failedFiles),
  ]
}

function headers({ stages: { decode } }: ReportFacts): string[] {
  const { packets = 0, bytes = 0, ipv4Packets = 0, ipv6Packets = 0 } = decode
  if (packets === 0) return []
  const average = ((decode.sumHdrs ?? 0) / packets).toFixed(2)
  return [
    `Headers count: min: ${decode.minHdrs ?? 0}, max: ${decode.maxHdrs ?? 0}, average: ${average}`,
    ...counted('Max VLAN header count', decode.maxVlanHdrs),
    ...counted('Max MPLS header count', decode.maxMplsHdrs),
    ...PROTOCOLS.flatMap(([name, counter]) => counted(`Number of ${name} packets`, decode[counter], packets)),
    ...TRANSPORTS.flatMap(name => [
      ...counted(`Number of ${name} packets`, decode[`${name.toLowerCase()}Packets`], packets),
      ...counted(`Number of ${name} bytes`, decode[`${name.toLowerCase()}Bytes`], bytes),
    ]),
    ...counted('Number of DTLS packets', decode.dtlsPackets, packets),
    ...counted('Number of IPv4 fragmented packets', decode.ipv4Fragments, ipv4Packets),
    ...counted('Number of IPv6 fragmented packets', decode.ipv6Fragments, ipv6Packets),
  ]
}

const PROTOCOLS = [
  ['LLC', 'llcPackets'],
  ['ARP', 'arpPackets'],
  ['RARP', 'rarpPackets'],
  ['GRE', 'grePackets'],
  ['Teredo', 'teredoPackets'],
  ['AYIYA', 'ayiyaPackets'],
  ['IGMP', 'igmpPackets'],
  ['ICMP', 'icmpPackets'],
  ['ICMPv6', 'icmpv6Packets'],
] as const
const TRANSPORTS = ['TCP', 'UDP', 'SCTP']

function flowLines({ stages: { flow, decode }, duration }: ReportFacts): string[] {
  const {
    flows = 0,
    aFlows = 0,
    bFlows = 0,
    requestFlows = 0,
    replyFlows = 0,
    aPackets = 0,
    bPackets = 0,
  } = flow
  const kinds = [flow.l2Flows, flow.ipv4Flows, flow.ipv6Flows].filter(Boolean).length
  const asymmetry = (a: number, b: number): string => (Math.round((100 * (a - b)) / flows) / 100).toFixed(2)
  const lines = [
    ...counted('Number of processed   flows', flows),
    // of one kind alone, the line above has said it
    ...(kinds > 1
      ? [
          ...counted('Number of L2   flows', flow.l2Flows, flows),
          ...counted('Number of IPv4 flows', flow.ipv4Flows, flows),
          ...counted('Number of IPv6 flows', flow.ipv6Flows, flows),
        ]
      : []),
    ...counted('Number of processed A flows', aFlows, flows),
    ...counted('Number of processed B flows', bFlows, flows),
    ...counted('Number of request     flows', requestFlows, flows),
    ...counted('Number of reply       flows', replyFlows, flows),
    `Total   A/B    flow asymmetry: ${asymmetry(aFlows, bFlows)}`,
    `Total req/rply flow asymmetry: ${asymmetry(requestFlows, replyFlows)}`,
    ...ratio('Number of processed   packets/flows', aPackets + bPackets, flows),
    ...ratio('Number of processed A packets/flows', aPackets, aFlows),
    ...ratio('Number of processed B packets/flows', bPackets, bFlows),
  ]
  const seconds = Number(duration ?? 0)
  return [
    ...lines,
    ...ratio('Number of processed total packets/s', decode.packets, seconds),
    ...ratio('Number of processed A+B   packets/s', aPackets + bPackets, seconds),
    ...ratio('Number of processed A     packets/s', aPackets, seconds),
    ...ratio('Number of processed   B   packets/s', bPackets, seconds),
  ]
}

function rates({ stages: { capture, decode, flow }, duration, run }: ReportFacts): string[] {
  const seconds = Number(duration ?? 0)
  const { wireBytes = 0, capBytes = 0 } = capture as Counters
  const bandwidth = (name: string, bytes: number): string[] =>
    bytes > 0 && seconds > 0 ? [`${name}: ${amount((8 * bytes) / seconds, 0, 'b/s')}`] : []
  const { maxFlowsInMemory = 0, maxFlows = ORIGINAL_FLOWS } = flow
  const memory = (run.memory / 1e9).toFixed(2)
  return [
    ...ratio('Number of average processed flows/s', flow.flows, seconds),
    ...bandwidth('Average full raw bandwidth', wireBytes),
    ...(capBytes < wireBytes ? bandwidth('Average snapped bandwidth ', capBytes) : []),
    // without what filled up short frames
    ...bandwidth('Average full bandwidth ', wireBytes - (decode.padBytes ?? 0)),
    ...(maxFlowsInMemory > 0
      ? [`Max number of flows in memory: ${amount(maxFlowsInMemory)}${share(maxFlowsInMemory, maxFlows)}`]
      : []),
    `Memory usage: ${memory} GB${share(run.memory, run.machineMemory)}`,
  ]
}
