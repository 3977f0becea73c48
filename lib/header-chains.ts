/**
 * Names of header chains (`eth:vlan{2}:ipv4:tcp`), each under a small number, so that a packet carries two bytes
 * instead of a string. A chain grows word by word from `ROOT`; a step that was taken before is one array look-up.
 *
 * The table is the process's own and bounded: hostile input can make up chains without end, and those beyond the
 * bound all become `OVERRUN`, which the decoder marks with the status bit for header overrun.
 */

/** Every word of the grammar that needs no number; its index is the word's number in `step()`. */
const WORDS: string[] = []
const wordNumbers = new Map<string, number>()

/** Most words there can be; the decoder's protocols need about a hundred and twenty. */
const MAX_WORDS = 192
/** Most chains that are told apart; the table of steps then takes 12 MiB. */
export const MAX_CHAINS = 16_384
/** Longest description in characters, as in the original. */
const MAX_TEXT = 128

/** Words whose repetition is written as `word{n}`. */
const COLLAPSING = new Set(['vlan', 'mpls'])

const texts: string[] = ['']
const depths: number[] = [0]
const lastWords: number[] = [-1]
const lastRepeats: number[] = [0]
const ids = new Map<string, number>([['', 0]])
let steps = new Int32Array(64 * MAX_WORDS).fill(-1)

/** The empty chain from which all others grow. */
export const ROOT = 0
/** The chain of packets whose own chain found no more room in the table. */
export const OVERRUN = add('...', 0)

/** The number of a word of the grammar; to be asked once, when a protocol's module loads. */
export function word(name: string): number {
  let number = wordNumbers.get(name)
  if (number === undefined) {
    number = WORDS.push(name) - 1
    if (number >= MAX_WORDS) throw new RangeError(`more than ${MAX_WORDS} header words`)
    wordNumbers.set(name, number)
  }
  return number
}

/** The chain that is `chain` followed by the word of number `next`. */
export function step(chain: number, next: number): number {
  const known = steps[chain * MAX_WORDS + next]!
  return known >= 0 ? known : grow(chain, next)
}

/** The chain that is `chain` followed by `UNK(number)`; ethertypes are written in hexadecimal, protocols in decimal. */
export function stepUnknown(chain: number, number: number, hexadecimal: boolean): number {
  const text = hexadecimal ? `UNK(0x${number.toString(16).padStart(4, '0')})` : `UNK(${number})`
  return intern(join(texts[chain]!, text), depths[chain]! + 1)
}

/** How many chains there are; their numbers are those below. */
export function chainCount(): number {
  return texts.length
}

/** The chain's description, `eth:ipv4:tcp`. */
export function chainText(chain: number): string {
  return texts[chain]!
}

/** How many headers the chain has; `vlan{2}` counts two. */
export function chainDepth(chain: number): number {
  return depths[chain]!
}

/** The chain with this description; a description that came from outside is taken as it is. */
export function intern(text: string, depth: number): number {
  const known = ids.get(text)
  if (known !== undefined) return known
  return add(text, depth)
}

function grow(chain: number, next: number): number {
  if (chain === OVERRUN) return OVERRUN
  const name = WORDS[next]!
  const repeats = lastWords[chain] === next && COLLAPSING.has(name) ? lastRepeats[chain]! + 1 : 1
  const base = texts[chain]!
  const text = repeats > 1 ? `${base.slice(0, base.lastIndexOf(name))}${name}{${repeats}}` : join(base, name)
  const depth = depths[chain]! + 1
  const known = ids.get(text)
  const id = known !== undefined && depths[known] === depth ? known : add(text, depth)
  lastWords[id] = next
  lastRepeats[id] = repeats
  steps[chain * MAX_WORDS + next] = id
  return id
}

function join(base: string, text: string): string {
  const joined = base === '' ? text : `${base}:${text}`
  if (joined.length <= MAX_TEXT) return joined
  return base.endsWith('...') ? base : `${joined.slice(0, MAX_TEXT - 3)}...`
}

function add(text: string, depth: number): number {
  if (texts.length >= MAX_CHAINS) return OVERRUN
  const id = texts.push(text) - 1
  depths.push(depth)
  lastWords.push(-1)
  lastRepeats.push(0)
  if (!ids.has(text)) ids.set(text, id)
  if ((id + 1) * MAX_WORDS > steps.length) {
    const wider = new Int32Array(steps.length * 2).fill(-1)
    wider.set(steps)
    steps = wider
  }
  return id
}
