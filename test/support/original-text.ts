import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Batch } from '../../lib/batch.ts'
import {
  type DumpOptions,
  FlowTagger,
  openCapture,
  PacketDecoder,
  PayloadChunker,
  PayloadSink,
} from '../../lib/index.ts'
import { Output } from '../../lib/output.ts'
import { FlowRows } from '../../lib/text/flow-rows.ts'
import { PacketRows } from '../../lib/text/packet-rows.ts'
import type { Golden } from './goldens.ts'
import { type Row, rowsOf } from './text-run.ts'

/** A cell, a row or a file that is not what the original wrote; a row or a file may be on one side only. */
export interface Difference {
  golden: Golden
  where: 'flows' | 'packets' | 'payload'
  /** Of the cell; `row`, `order` or the file's name. */
  column: string
  ours: string
  theirs: string
  /** The rows; of a payload file, that of its flow. */
  our?: Row | undefined
  their?: Row | undefined
}

/** How much of one kind was compared for a capture, and how much of it is equal. */
export interface Compared {
  equal: number
  of: number
}

export interface Comparison {
  flows: Compared
  packets: Compared
  payload: Compared
  differences: Difference[]
}

/** What of the columns that both have is to be equal as it stands. */
const TIMES = new Set(['timeFirst', 'timeLast', 'duration', 'time', 'pktIAT', 'pktTrip', 'flowDuration'])
/** The original works some of the lengths of time out with short floating point numbers (s). */
const TOLERANCE = 1.001e-7

/** Runs the capture as the original ran it, and holds what both wrote against each other. */
export async function compare(golden: Golden): Promise<Comparison> {
  const ours = await run(golden.capture, golden.options)
  const differences: Difference[] = []
  const flows = compareRows(golden, 'flows', match(ours.flows, golden.flows), differences)
  const packets = compareRows(golden, 'packets', matchPackets(ours.packets, golden.packets), differences)
  const payload = compareFiles(golden, ours, differences)
  return { flows, packets, payload, differences }
}

interface Ours {
  flows: Row[]
  packets: Row[]
  payload: Map<string, string>
}

async function run(capture: string, options: Partial<DumpOptions>): Promise<Ours> {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-golden-'))
  const [flowRows, packetRows] = [new FlowRows(), new PacketRows()]
  const [flowText, packetText] = [new Output(), new Output()]
  try {
    await pipeline([
      openCapture(capture),
      new PacketDecoder(),
      new FlowTagger(),
      new PayloadChunker(options),
      new PayloadSink({ folder, ...options }),
      new Writable({
        objectMode: true,
        write(batch: Batch, _encoding, done) {
          flowRows.put(batch, flowText)
          packetRows.put(batch, packetText)
          done()
        },
      }),
    ] as never)
    const text = (header: string, output: Output): Row[] =>
      rowsOf(header + Buffer.concat(output.take()).toString('latin1'))
    const payload = new Map<string, string>()
    for (const name of readdirSync(folder).filter(file => !file.startsWith('.'))) {
      payload.set(
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      )
    }
    return {
      flows: text(flowRows.header, flowText),
      packets: text(packetRows.header, packetText),
      payload,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Pair = [our: Row | undefined, their: Row | undefined, samePlace: boolean]

/** Rows of both sides by endpoints and first time; what is left by first time alone. */
function match(ours: Row[], theirs: Row[]): Pair[] {
  const left = new Set(ours)
  const pairs: Pair[] = []
  const find = (their: Row, keyOf: (row: Row) => string): Row | undefined => {
    const key = keyOf(their)
    for (const our of left) if (keyOf(our) === key) return our
    return undefined
  }
  const take = (their: Row, our: Row | undefined): boolean => {
    if (our === undefined) return false
    left.delete(our)
    pairs.push([our, their, ours.indexOf(our) === theirs.indexOf(their)])
    return true
  }
  const unmatched = theirs.filter(their => !take(their, find(their, endpointsOf)))
  const lost = unmatched.filter(
    their =>
      !take(
        their,
        find(their, ({ timeFirst }) => nine(timeFirst!)),
      ),
  )
  return [
    ...pairs,
    ...lost.map((their): Pair => [undefined, their, false]),
    ...[...left].map((our): Pair => [our, undefined, false]),
  ]
}

function endpointsOf(row: Row): string {
  const { srcMac, srcIP, srcPort, dstIP, dstPort, ethType, timeFirst } = row
  return [srcMac, srcIP, srcPort, dstIP, dstPort, ethType, nine(timeFirst!)].join(' ')
}

function matchPackets(ours: Row[], theirs: Row[]): Pair[] {
  const byNumber = new Map(ours.map(row => [row.pktNo!, row]))
  const pairs = theirs.map((their): Pair => [byNumber.get(their.pktNo!), their, true])
  const known = new Set(theirs.map(({ pktNo }) => pktNo))
  return [
    ...pairs,
    ...ours.filter(({ pktNo }) => !known.has(pktNo)).map((our): Pair => [our, undefined, true]),
  ]
}

function compareRows(
  golden: Golden,
  where: 'flows' | 'packets',
  pairs: Pair[],
  differences: Difference[],
): Compared {
  const compared = { equal: 0, of: 0 }
  for (const [our, their, samePlace] of pairs) {
    const before = differences.length
    const add = (column: string, ours: string, theirs: string): void => {
      differences.push({ golden, where, column, ours, theirs, our, their })
    }
    if (their !== undefined) compared.of++
    if (our === undefined || their === undefined) {
      add('row', our === undefined ? 'none' : 'one', their === undefined ? 'none' : 'one')
      continue
    }
    if (!samePlace) add('order', '', '')
    for (const [column, theirs] of Object.entries(their)) {
      const ours = our[column]
      // some have columns of other plugins as well
      if (ours !== undefined && !isSame(column, ours, theirs)) add(column, ours, theirs)
    }
    if (differences.length === before) compared.equal++
  }
  return compared
}

function isSame(column: string, ours: string, theirs: string): boolean {
  if (!TIMES.has(column)) return ours === theirs
  return (
    nine(ours) === theirs || (column === 'pktTrip' && Math.abs(Number(ours) - Number(theirs)) <= TOLERANCE)
  )
}

/** A time with nine digits of a fraction, as the original always has them. */
export function nine(time: string): string {
  const point = time.indexOf('.')
  return time.slice(0, point) + time.slice(point).padEnd(10, '0')
}

function compareFiles(golden: Golden, ours: Ours, differences: Difference[]): Compared {
  const compared = { equal: 0, of: 0 }
  for (const name of new Set([...golden.payload.keys(), ...ours.payload.keys()])) {
    const theirs = golden.payload.get(name) ?? 'none'
    const own = ours.payload.get(name) ?? 'none'
    if (theirs !== 'none') compared.of++
    if (own === theirs) compared.equal++
    else {
      const [, flowInd, dir] = /^(\d+)_([AB])/.exec(name) ?? []
      const isFlow = (row: Row): boolean => row.flowInd === flowInd && bit0(row.flowStat!) === dir
      const rows = { our: ours.flows.find(isFlow), their: golden.flows.find(isFlow) }
      differences.push({ golden, where: 'payload', column: name, ours: own, theirs, ...rows })
    }
  }
  return compared
}

const bit0 = (flowStat: string): string => (Number.parseInt(flowStat.at(-1)!, 16) % 2 === 0 ? 'A' : 'B')
