import { bytesOf } from '../ascii.ts'
import { chainText } from '../header-chains.ts'
import { EndpointTexts } from './endpoint-texts.ts'
import { cellText } from './escape.ts'
import { type IpLabels, NO_LABELS } from './ip-labels.ts'

/** What rows have in common, as bytes that are ready to be put. */
export class RowTexts {
  readonly labels: IpLabels
  readonly endpoints: EndpointTexts
  readonly #chains: (Uint8Array | undefined)[] = []

  constructor(labels: IpLabels = NO_LABELS) {
    this.labels = labels
    this.endpoints = new EndpointTexts(labels)
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
}
