import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import split2 from 'split2'
import t from 'tap'
import {
  chunks,
  dumpPayload,
  type FlowRecord,
  FlowTagger,
  openCapture,
  PacketDecoder,
  PayloadChunker,
} from '../lib/index.ts'
import {
  derivedCaptures,
  hasSharedCaptures,
  sharedCaptures,
  type TruthDirection,
} from './support/shared-captures.ts'

// Directions that have to be identical, by group. They are raised by hand as more is understood, and never lowered.
const COMMITTED = { original: 5080, derived: 1142 }

/** Link types that are decoded: NULL, Ethernet, RAW (several numbers), LOOP, Linux cooked 1 and 2. */
const LINK_TYPES = new Set([0, 1, 12, 14, 101, 108, 113, 228, 229, 276])
/** Ways of change that leave tunnels in UDP at most. */
const PLAIN_MORPHS = new Set([
  'wrap',
  'dup',
  'swap',
  'qinq',
  'be_ns',
  'pcapng_be',
  'pcapng_le',
  'vxlan',
  'geneve',
  'gtp',
])

const inScope = (direction: TruthDirection): boolean =>
  direction.status === 'agreed' &&
  direction.proto !== 'sctp' &&
  !direction.flags?.includes('ipfrag') &&
  direction.encap.every(layers =>
    /^(?:vlan\d+\/)*ip6?(?:\/udp\/(?:vxlan\d+|geneve|gtp)\/ip6?)*$/.test(layers),
  )

/** sha256 of every flow direction's payload, by `proto src sport dst dport conn`. */
async function digests(file: string): Promise<Map<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-truth-'))
  try {
    const records = new PassThrough()
    const flows: FlowRecord[] = []
    records.pipe(split2(JSON.parse)).on('data', record => {
      if (record.type === 'flow') flows.push(record)
    })
    await dumpPayload(file, { folder, relativeTo: folder, timeout: 0, outer: true, records })
    await new Promise(resolve => setImmediate(resolve))
    return joined(folder, flows)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * sha256 of the datagrams between two endpoints in the order of capture, through whatever VLANs they went: there each
 * VLAN is a flow of its own, and the truth knows only endpoints.
 */
async function acrossVlans(file: string): Promise<Map<string, string>> {
  const arrived = new Map<string, Uint8Array[]>()
  const result = new Map<string, string[]>()
  const pieces: { key: string; pktNo: number; payload: Uint8Array }[] = []
  const street = openCapture(file)
    .pipe(new PacketDecoder({ outer: true }))
    .pipe(new FlowTagger({ timeout: 0 }))
  for await (const record of street.pipe(new PayloadChunker({ tcp: false })).pipe(chunks())) {
    const key = `${record.flowInd} ${record.dir}`
    if (record.type === 'chunk') pieces.push({ key, pktNo: record.pktNo, payload: record.payload })
    if (record.type !== 'flow') continue
    const name = `udp ${record.srcIP} ${record.srcPort} ${record.dstIP} ${record.dstPort} 0`
    result.set(name, [...(result.get(name) ?? []), key])
  }
  for (const [name, keys] of result) {
    const own = pieces.filter(({ key }) => keys.includes(key)).sort((a, b) => a.pktNo - b.pktNo)
    arrived.set(
      name,
      own.map(({ payload }) => payload),
    )
  }
  return new Map(
    [...arrived].map(([name, parts]) => [
      name,
      createHash('sha256').update(Buffer.concat(parts)).digest('hex'),
    ]),
  )
}

/** TCP connections between the same endpoints are counted. */
function joined(folder: string, flows: FlowRecord[]): Map<string, string> {
  const result = new Map<string, string>()
  const connections = new Map<string, number[]>()
  for (const flow of flows.sort((a, b) => a.flowInd - b.flowInd)) {
    if (flow.l4Proto !== 6 && flow.l4Proto !== 17) continue
    const ends = [`${flow.srcIP} ${flow.srcPort}`, `${flow.dstIP} ${flow.dstPort}`]
    const pair = `${flow.l4Proto} ${[...ends].sort().join(' ')}`
    const numbers = connections.get(pair) ?? []
    connections.set(pair, numbers)
    if (!numbers.includes(flow.flowInd)) numbers.push(flow.flowInd)
    if (flow.pldFile === undefined) continue
    const conn = flow.l4Proto === 6 ? numbers.indexOf(flow.flowInd) : 0
    const name = `${flow.l4Proto === 6 ? 'tcp' : 'udp'} ${ends.join(' ')} ${conn}`
    const bytes = readFileSync(join(folder, flow.pldFile))
    result.set(name, createHash('sha256').update(bytes).digest('hex'))
  }
  return result
}

if (!hasSharedCaptures) {
  t.test('captures with verified payload', { skip: 'the folder is not there' }, t => t.end())
} else {
  t.test('every agreed direction of the captures is byte-identical', async t => {
    let identical = 0
    let expected = 0
    const wrong: string[] = []
    for (const truth of sharedCaptures()) {
      if (!truth.linktypes.every(type => LINK_TYPES.has(type))) continue
      const directions = truth.directions.filter(inScope)
      if (directions.length === 0) continue
      const found = await digests(truth.file)
      if (directions.some(({ flags }) => flags?.includes('multi-encap'))) {
        for (const [name, sha256] of await acrossVlans(truth.file)) found.set(name, sha256)
      }
      for (const { proto, src, sport, dst, dport, conn, sha256Zero } of directions) {
        const name = `${proto} ${src} ${sport} ${dst} ${dport} ${conn}`
        expected++
        if (found.get(name) === sha256Zero) identical++
        else wrong.push(`${truth.name}: ${name}: ${found.has(name) ? 'other bytes' : 'no such stream'}`)
      }
    }
    t.comment(`${identical} of ${expected} directions identical`)
    for (const line of wrong) t.comment(line)
    t.ok(expected > 0, 'the folder holds directions to check')
    t.ok(identical >= COMMITTED.original, `at least ${COMMITTED.original} of ${expected}`)
  })

  t.test('captures derived from them give the same payload', async t => {
    let identical = 0
    let expected = 0
    const wrong: string[] = []
    for (const derived of derivedCaptures()) {
      if (!PLAIN_MORPHS.has(derived.morph)) continue
      const found = await digests(derived.file)
      for (const [name, sha256] of Object.entries(derived.expect)) {
        expected++
        if (found.get(name) === sha256) identical++
        else wrong.push(`${derived.name}: ${name}: ${found.has(name) ? 'other bytes' : 'no such stream'}`)
      }
    }
    t.comment(`${identical} of ${expected} directions identical`)
    for (const line of wrong) t.comment(line)
    t.ok(expected > 0, 'the folder holds directions to check')
    t.ok(identical >= COMMITTED.derived, `at least ${COMMITTED.derived} of ${expected}`)
  })
}
