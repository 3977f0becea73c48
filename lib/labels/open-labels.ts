import { BuiltInLabels } from './built-in-labels.ts'
import { DatabaseLabels } from './database-labels.ts'
import { type IpLabel, type IpLabels, NO_LABEL, UNKNOWN } from './ip-labels.ts'

/** Addresses that are remembered; then the memory starts afresh. */
const REMEMBERED = 65_536

/**
 * Labels of special networks, and of all other addresses from databases: each says what those before it do not know, so
 * that one of countries and one of organisations go together. Throws ERR_OPEN for a file that is no database.
 */
export function openLabels(paths: readonly string[] = []): IpLabels {
  return paths.length === 0
    ? new BuiltInLabels()
    : new CombinedLabels(paths.map(path => new DatabaseLabels(path)))
}

class CombinedLabels implements IpLabels {
  readonly #builtIn = new BuiltInLabels()
  readonly #databases: readonly DatabaseLabels[]
  /** Looking into a database costs more than all else in a flow's line, and flows share addresses. */
  readonly #seen = new Map<string | number, IpLabel>()
  readonly #merged = new Map<string, IpLabel>()

  constructor(databases: readonly DatabaseLabels[]) {
    this.#databases = databases
  }

  label(family: 4 | 6, words: Uint32Array, at: number): IpLabel {
    const special = this.#builtIn.label(family, words, at)
    if (special !== NO_LABEL) return special
    const key = family === 4 ? words[at]! : words.subarray(at, at + 4).join()
    let label = this.#seen.get(key)
    if (label === undefined) {
      label = this.#find(family, words, at)
      if (this.#seen.size >= REMEMBERED) this.#seen.clear()
      this.#seen.set(key, label)
    }
    return label
  }

  #find(family: 4 | 6, words: Uint32Array, at: number): IpLabel {
    let cc = UNKNOWN
    let org = UNKNOWN
    for (const database of this.#databases) {
      const label = database.label(family, words, at)
      if (cc === UNKNOWN) cc = label.cc
      if (org === UNKNOWN) org = label.org
    }
    if (cc === UNKNOWN && org === UNKNOWN) return NO_LABEL
    const key = `${cc} ${org}`
    const known = this.#merged.get(key)
    if (known !== undefined) return known
    const label = { cc, org }
    this.#merged.set(key, label)
    return label
  }
}
