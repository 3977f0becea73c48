import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import split2 from 'split2'
import {
  chunks,
  type DumpOptions,
  dumpPayload,
  type FlowRecord,
  FlowTagger,
  openCapture,
  PacketDecoder,
  PayloadChunker,
} from '../../lib/index.ts'

const PROTOCOLS: Record<number, string> = { 6: 'tcp', 17: 'udp', 132: 'sctp' }

/** How the captures with verified payload are dumped: the truth knows no idle timeout, and tells of tunnels twice. */
export const TRUTH_OPTIONS = { timeout: 0, outer: true, sctp: true }

/** sha256 of each stream's file, by `proto src sport dst dport conn`, with the stream's number behind it for SCTP. */
export async function digests(
  file: string,
  options: Partial<DumpOptions> = {},
): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-truth-'))
  try {
    const records = new PassThrough()
    const flows: FlowRecord[] = []
    records.pipe(split2(JSON.parse)).on('data', record => {
      if (record.type === 'flow') flows.push(record)
    })
    await dumpPayload(file, { folder, relativeTo: folder, ...TRUTH_OPTIONS, ...options, records })
    await new Promise(resolve => setImmediate(resolve))
    return ofFiles(folder, flows)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Connections between the same endpoints are counted. */
function ofFiles(folder: string, flows: FlowRecord[]): Map<string, string> {
  const result = new Map<string, string>()
  const connections = new Map<string, number[]>()
  for (const flow of flows.sort((a, b) => a.flowInd - b.flowInd)) {
    const proto = PROTOCOLS[flow.l4Proto]
    if (proto === undefined) continue
    const ends = [`${flow.srcIP} ${flow.srcPort}`, `${flow.dstIP} ${flow.dstPort}`]
    const pair = `${proto} ${[...ends].sort().join(' ')}`
    const numbers = connections.get(pair) ?? []
    connections.set(pair, numbers)
    if (!numbers.includes(flow.flowInd)) numbers.push(flow.flowInd)
    const conn = proto === 'udp' ? 0 : numbers.indexOf(flow.flowInd)
    const name = `${proto} ${ends.join(' ')} ${conn}`
    const digest = (path: string): string => sha256(readFileSync(join(folder, path)))
    if (flow.pldFile !== undefined) result.set(name, digest(flow.pldFile))
    for (const { sctpStream, pldFile } of flow.pldFiles ?? []) {
      if (pldFile !== undefined) result.set(`${name} ${sctpStream}`, digest(pldFile))
    }
  }
  return result
}

/**
 * sha256 of the datagrams between two endpoints in the order of capture, whatever they were wrapped in: for us each
 * VLAN has a flow of its own, and the truth knows only endpoints.
 */
export async function acrossFlows(file: string): Promise<Map<string, string>> {
  const pieces: { key: string; order: number; payload: Uint8Array }[] = []
  const names = new Map<string, string[]>()
  const street = openCapture(file)
    .pipe(new PacketDecoder({}))
    .pipe(new FlowTagger({ timeout: 0 }))
  for await (const record of street.pipe(new PayloadChunker({ tcp: false })).pipe(chunks())) {
    const key = `${record.flowInd} ${record.dir}`
    if (record.type === 'chunk') pieces.push({ key, order: record.pktNo, payload: record.payload })
    if (record.type !== 'flow') continue
    const name = `udp ${record.srcIP} ${record.srcPort} ${record.dstIP} ${record.dstPort} 0`
    names.set(name, [...(names.get(name) ?? []), key])
  }
  return new Map(
    [...names].map(([name, keys]) => {
      const own = pieces.filter(({ key }) => keys.includes(key)).sort((a, b) => a.order - b.order)
      return [name, sha256(Buffer.concat(own.map(({ payload }) => payload)))]
    }),
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
