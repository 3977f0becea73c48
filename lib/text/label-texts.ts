import { bytesOf } from '../ascii.ts'
import { cellText, quotedText } from './escape.ts'
import type { IpLabel, IpLabels } from './ip-labels.ts'

/** A label as bytes that are ready to be put. */
export interface LabelText {
  readonly cc: Uint8Array
  /** The organisation, bare and in quotes. */
  readonly org: Uint8Array
  readonly quotedOrg: Uint8Array
}

/** Places for addresses, each address in the one that its words point to. */
const PLACES = 4096
/** Labels whose texts are kept; then they are made anew. */
const MAX_TEXTS = 65_536
const NO_BYTES = bytesOf('')

/** In place of a label where there is no address: nothing, and what the flow file shows. */
export const NO_LABEL: LabelText = { cc: NO_BYTES, org: NO_BYTES, quotedOrg: NO_BYTES }
export const NO_ADDRESS: LabelText = { cc: bytesOf('-'), org: bytesOf('-'), quotedOrg: bytesOf('"-"') }

/** Texts of labels by address. Captures show few addresses at a time, and looking one up can cost far more than a row. */
export class LabelTexts {
  readonly #labels: IpLabels
  readonly #words = new Uint32Array(4 * PLACES)
  readonly #families = new Uint8Array(PLACES)
  readonly #found: LabelText[] = new Array(PLACES).fill(NO_LABEL)
  readonly #texts = new Map<IpLabel, LabelText>()

  constructor(labels: IpLabels) {
    this.#labels = labels
  }

  /** Of the address of family 4 or 6 at `at` of a column. */
  find(family: number, addr: Uint32Array, at: number): LabelText {
    const a = addr[at]!
    const b = addr[at + 1]!
    const c = addr[at + 2]!
    const d = addr[at + 3]!
    const place = placeOf(a, b, c, d)
    const words = this.#words
    const key = 4 * place
    if (
      this.#families[place] !== family ||
      words[key] !== a ||
      words[key + 1] !== b ||
      words[key + 2] !== c ||
      words[key + 3] !== d
    ) {
      this.#found[place] = this.#textOf(this.#labels.label(family as 4 | 6, addr, at))
      this.#families[place] = family
      words[key] = a
      words[key + 1] = b
      words[key + 2] = c
      words[key + 3] = d
    }
    return this.#found[place]!
  }

  /** Those who know labels mostly give the same object for the same label. */
  #textOf(label: IpLabel): LabelText {
    let text = this.#texts.get(label)
    if (text === undefined) {
      const { cc, org } = label
      text = { cc: bytesOf(cellText(cc)), org: bytesOf(cellText(org)), quotedOrg: bytesOf(quotedText(org)) }
      if (this.#texts.size >= MAX_TEXTS) this.#texts.clear()
      this.#texts.set(label, text)
    }
    return text
  }
}

/** A place below 4096. */
function placeOf(a: number, b: number, c: number, d: number): number {
  const mixed = a ^ Math.imul(b ^ Math.imul(c ^ Math.imul(d, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35)
  return Math.imul(mixed, 0x27d4eb2f) >>> 20
}
