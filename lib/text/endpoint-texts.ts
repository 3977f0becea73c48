import { bytesOf } from '../ascii.ts'
import { ipText } from '../ip-text.ts'
import { cellText, quotedText } from './escape.ts'
import type { IpLabels } from './ip-labels.ts'

/** An address with its labels, as bytes that are ready to be put. */
export interface EndpointText {
  readonly ip: Uint8Array
  readonly cc: Uint8Array
  /** The organisation, bare and in quotes. */
  readonly org: Uint8Array
  readonly quotedOrg: Uint8Array
}

interface Entry extends EndpointText {
  readonly family: number
  readonly words: Uint32Array
}

/** Places for addresses, each address in the one that its words point to. */
const PLACES = 4096
const NO_BYTES = bytesOf('')

/** Of frames without IP. */
const NO_IP: EndpointText = { ip: NO_BYTES, cc: NO_BYTES, org: NO_BYTES, quotedOrg: bytesOf('""') }

/** Texts of addresses. Captures show few at a time, and looking one up in a database costs far more than a row. */
export class EndpointTexts {
  readonly #labels: IpLabels
  readonly #entries: (Entry | undefined)[] = new Array(PLACES)
  /** The last source and the last destination: a row asks for each several times. */
  readonly #last: [Entry | undefined, Entry | undefined] = [undefined, undefined]

  constructor(labels: IpLabels) {
    this.#labels = labels
  }

  /** The address at `8 × row` (source) or `8 × row + 4` (destination) of a column; empty texts without IP. */
  find(family: number, addr: Uint32Array, at: number): EndpointText {
    if (family !== 4 && family !== 6) return NO_IP
    const side = (at >> 2) & 1
    const last = this.#last[side]
    if (last !== undefined && isSame(last, family, addr, at)) return last
    const a = addr[at]!
    const place = family === 4 ? hash(a, 0, 0, 0) : hash(a, addr[at + 1]!, addr[at + 2]!, addr[at + 3]!)
    let entry = this.#entries[place]
    if (entry === undefined || !isSame(entry, family, addr, at)) {
      entry = this.#make(family, addr, at)
      this.#entries[place] = entry
    }
    this.#last[side] = entry
    return entry
  }

  #make(family: 4 | 6, addr: Uint32Array, at: number): Entry {
    const { cc, org } = this.#labels.label(family, addr, at)
    return {
      family,
      words: addr.slice(at, at + 4),
      ip: bytesOf(ipText(family, addr, at)),
      cc: bytesOf(cellText(cc)),
      org: bytesOf(cellText(org)),
      quotedOrg: bytesOf(quotedText(org)),
    }
  }
}

function isSame({ family, words }: Entry, other: number, addr: Uint32Array, at: number): boolean {
  if (family !== other || words[0] !== addr[at]) return false
  return family === 4 || (words[1] === addr[at + 1] && words[2] === addr[at + 2] && words[3] === addr[at + 3])
}

/** A place below 4096. */
function hash(a: number, b: number, c: number, d: number): number {
  const mixed = a ^ Math.imul(b ^ Math.imul(c ^ Math.imul(d, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35)
  return Math.imul(mixed, 0x27d4eb2f) >>> 20
}
