import type { InterfaceInfo } from '../records.ts'
import type { SectionInterface } from './pcapng-interface.ts'

/** Most interfaces of a capture: each new one makes the capture's record come again, and it names them all. */
const MAX_INTERFACES = 1024

/**
 * The interfaces of a pcapng capture. Their numbers start again in each section; here they get numbers for the whole
 * capture, under which those of later sections that look the same as earlier ones are found again.
 */
export class InterfaceList {
  readonly all: InterfaceInfo[] = []
  /** The interfaces of this section by their number there; undefined where the list had no more room. */
  section: (SectionInterface | undefined)[] = []
  /** Numbers that this section has taken. */
  #taken = new Set<number>()

  startSection(): void {
    this.section = []
    this.#taken = new Set()
  }

  /** Adds this section's next interface. Returns whether the capture's list grew; undefined if it is full. */
  add(found: Omit<SectionInterface, 'index'>): boolean | undefined {
    let index = this.all.findIndex((known, number) => !this.#taken.has(number) && same(known, found.info))
    const isNew = index < 0
    if (isNew) {
      if (this.all.length >= MAX_INTERFACES) {
        // the place is taken even so, or those behind it would get wrong numbers; there may be any number of them
        if (this.section.length < 0x1_0000) this.section.push(undefined)
        return undefined
      }
      index = this.all.push(found.info) - 1
    }
    this.#taken.add(index)
    this.section.push({ ...found, index })
    return isNew
  }
}

function same(a: InterfaceInfo, b: InterfaceInfo): boolean {
  return a.linkType === b.linkType && a.snaplen === b.snaplen && a.digits === b.digits && a.name === b.name
}
