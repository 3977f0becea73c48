import type { Batch } from '../batch.ts'
import { tupleId } from '../community-id.ts'
import { PldError } from '../errors.ts'
import { directionOf } from '../records.ts'
import { addressName, macName } from './endpoint-names.ts'
import type { Origin } from './flow-origins.ts'

/** tcpflow's own names, `192.168.001.103.01397-192.168.001.001.00025--7c1`. */
export const TCPFLOW_NAMES = '%A.%a-%B.%b%V%v%C%c'

/** Most bytes of a part between slashes: with prefix, suffix, a counter and the like it has to stay below 255. */
const MAX_PART = 140

interface Conversion {
  /** Most bytes it gives; and whether it can give none. */
  most: number
  optional?: true
  text(batch: Batch, row: number, origin: Origin): string
}

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0')

const flowInd = ({ tags }: Batch, row: number): number => tags!.flowInd[row]!

/** A part of a big number, three digits of it, counted from the right. */
const thousands = (power: number): Conversion => ({
  most: 3,
  text: (batch, row) => padded(Math.floor(flowInd(batch, row) / 10 ** power) % 1000, 3),
})

const firstSecond = ({ tags }: Batch, row: number): number => Math.max(0, tags!.firstSec[row]!)

/** What may stand behind a `%`: tcpflow's letters, and F, D, p, i, P of our own. */
const CONVERSIONS: Readonly<Record<string, Conversion>> = {
  A: { most: 39, text: (batch, row) => addressName(batch.packets!, row, 'src') },
  B: { most: 39, text: (batch, row) => addressName(batch.packets!, row, 'dst') },
  a: { most: 5, text: ({ packets }, row) => padded(packets!.srcPort[row]!, 5) },
  b: { most: 5, text: ({ packets }, row) => padded(packets!.dstPort[row]!, 5) },
  E: { most: 17, text: ({ packets }, row) => macName(packets!, row, 'src') },
  e: { most: 17, text: ({ packets }, row) => macName(packets!, row, 'dst') },
  V: { most: 2, optional: true, text: ({ packets }, row) => (packets!.vlanCount[row]! > 0 ? '--' : '') },
  v: {
    most: 4,
    optional: true,
    text: ({ packets }, row) => (packets!.vlanCount[row]! > 0 ? String(packets!.vlan[row]) : ''),
  },
  T: { most: 27, text: (batch, row) => isoTime(firstSecond(batch, row)) },
  t: { most: 16, text: (batch, row) => String(firstSecond(batch, row)) },
  C: { most: 1, optional: true, text: (_batch, _row, { connection }) => (connection > 0 ? 'c' : '') },
  c: {
    most: 16,
    optional: true,
    text: (_batch, _row, { connection }) => (connection > 0 ? String(connection) : ''),
  },
  '#': { most: 16, text: (_batch, _row, { connection }) => String(connection) },
  N: thousands(0),
  K: thousands(3),
  M: thousands(6),
  G: thousands(9),
  S: { most: 20, text: (batch, row) => padded(flowInd(batch, row), 20) },
  F: { most: 16, text: (batch, row) => String(flowInd(batch, row)) },
  D: { most: 1, text: ({ tags }, row) => directionOf(tags!.dir[row]!) },
  p: { most: 3, text: ({ packets }, row) => String(packets!.l4Proto[row]) },
  i: { most: 30, text: ({ packets }, row) => communityName(packets!, row) },
  P: { most: 16, text: (_batch, _row, { pktNo }) => String(pktNo) },
}

/**
 * A template for names of files: text with conversions in tcpflow's language, `%T/%A.%a-%B.%b`, where `/` makes folders.
 * Throws ERR_USAGE for one that could lead out of the folder, name no file, or give names that are too long.
 */
export class NameTemplate {
  /** Whether names need to know how a flow began. */
  readonly needsOrigins: boolean
  readonly #parts: (string | Conversion)[] = []

  constructor(template: string) {
    const letters = new Set<string>()
    for (const [text, letter] of template.matchAll(/%(.?)|[^%]+/gsu)) {
      if (letter === undefined || letter === '%') this.#parts.push(letter ?? text)
      else {
        if (!Object.hasOwn(CONVERSIONS, letter)) throw unknown(template, letter)
        letters.add(letter)
        this.#parts.push(CONVERSIONS[letter]!)
      }
    }
    check(template, this.#parts)
    this.needsOrigins = ['C', 'c', '#', 'P'].some(letter => letters.has(letter))
  }

  /** The path of the file for the flow direction of a packet. */
  path(batch: Batch, row: number, origin: Origin): string {
    let path = ''
    for (const part of this.#parts) path += typeof part === 'string' ? part : part.text(batch, row, origin)
    return path
  }
}

function unknown(template: string, letter: string): PldError {
  const letters = Object.keys(CONVERSIONS).join(' %')
  const found = letter === '' ? 'ends with %' : `has %${letter}`
  return new PldError('ERR_USAGE', `the name ${JSON.stringify(template)} ${found}; there are %${letters} %%`)
}

/** Stands for bytes that a conversion gives: some in any case, or none perhaps. */
const SOME = '\0'
const PERHAPS = '\u0001'

/** Whatever conversions give, the path has to stay in the folder, and every part of it within what a system takes. */
function check(template: string, parts: readonly (string | Conversion)[]): void {
  const refuse = (why: string): never => {
    throw new PldError('ERR_USAGE', `the name ${JSON.stringify(template)} ${why}`)
  }
  if (/\p{Cc}/u.test(template)) refuse('holds control characters')
  if (parts.every(part => typeof part === 'string')) refuse('has no % in it, so all files would have it')
  const shape = parts.map(part =>
    typeof part === 'string' ? part : (part.optional ? PERHAPS : SOME).repeat(part.most),
  )
  for (const part of shape.join('').split('/')) {
    if (part.replaceAll(PERHAPS, '') === '') refuse('can have nothing before, behind or between its slashes')
    if (part.startsWith('.') || part.replaceAll(PERHAPS, '').startsWith('.'))
      refuse('can have a part that begins with a dot')
    if (Buffer.byteLength(part) > MAX_PART) refuse(`can give a part of more than ${MAX_PART} bytes`)
  }
}

/** `2008-10-06T17:54:54Z`. */
function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : `${date.toISOString().slice(0, 19)}Z`
}

/** Its base64 is that of RFC 4648 5, which has no slashes. */
function communityName(packets: NonNullable<Batch['packets']>, row: number): string {
  const { family, addr, l4Proto, srcPort, dstPort, icmp } = packets
  if (family[row] === 0) return 'none'
  const isIcmp = l4Proto[row] === 1 || l4Proto[row] === 58
  const id = tupleId({
    family: family[row]!,
    l4Proto: l4Proto[row]!,
    src: addr.subarray(8 * row, 8 * row + 4),
    dst: addr.subarray(8 * row + 4, 8 * row + 8),
    srcPort: isIcmp ? icmp[row]! >> 8 : srcPort[row]!,
    dstPort: isIcmp ? icmp[row]! & 0xff : dstPort[row]!,
  })
  return id.replaceAll('+', '-').replaceAll('/', '_')
}
