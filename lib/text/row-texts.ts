import { bytesOf } from '../ascii.ts'
import { chainText } from '../header-chains.ts'
import { IPv6Texts, putIPv4 } from '../put-address.ts'
import { cellText } from './escape.ts'
import { type IpLabels, NO_LABELS } from './ip-labels.ts'
import { LabelTexts } from './label-texts.ts'

/** What rows have in common, as bytes that are ready to be put. */
export class RowTexts {
  readonly ipLabels: IpLabels
  readonly labels: LabelTexts
  readonly #addresses = new IPv6Texts()
  readonly #chains: (Uint8Array | undefined)[] = []

  constructor(labels: IpLabels = NO_LABELS) {
    this.ipLabels = labels
    this.labels = new LabelTexts(labels)
  }

  /** The description of a header chain. */
  chain(chain: number): Uint8Array {
    let text = this.#chains[chain]
    if (text === undefined) {
      text = bytesOf(cellText(chainText(chain)))
      this.#chains[chain] = text
    }
    return text
  }

  /** Puts the address of family 4 or 6 that stands at `from` of a column. */
  putIP(out: Buffer, at: number, family: number, addr: Uint32Array, from: number): number {
    return family === 4 ? putIPv4(out, at, addr[from]!) : this.#addresses.put(out, at, addr, from)
  }
}
