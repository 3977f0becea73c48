import type { InterfaceInfo } from '../records.ts'
import { u16, u32 } from './bytes.ts'
import { Clock } from './clock.ts'

const OPTION_NAME = 2
const OPTION_TIME_RESOLUTION = 9
const OPTION_TIME_OFFSET = 14

/** An interface of a section: what records say of it, and what its packets need. */
export interface SectionInterface {
  info: InterfaceInfo
  clock: Clock
  /** Position in the capture's list of interfaces. */
  index: number
}

/** Reads the body of an interface description block, `slab[at, end)`, at least 8 bytes. Broken options end the list. */
export function readInterface(
  slab: Uint8Array,
  at: number,
  end: number,
  bigEndian: boolean,
): Omit<SectionInterface, 'index'> {
  const linkType = u16(slab, at, bigEndian)
  const snaplen = u32(slab, at + 4, bigEndian)
  let name: string | undefined
  let resolution = 6
  let offset = 0n
  let option = at + 8
  while (option + 4 <= end) {
    const code = u16(slab, option, bigEndian)
    const length = u16(slab, option + 2, bigEndian)
    const value = option + 4
    if (code === 0 || value + length > end) break
    if (code === OPTION_NAME) name = utf8(slab, value, length)
    else if (code === OPTION_TIME_RESOLUTION && length >= 1) resolution = slab[value]!
    else if (code === OPTION_TIME_OFFSET && length >= 8) offset = i64(slab, value, bigEndian)
    option = value + ((length + 3) & ~3)
  }
  const clock = new Clock(resolution, offset)
  const info: InterfaceInfo = { linkType, snaplen, digits: clock.digits }
  if (name !== undefined) info.name = name
  return { info, clock }
}

/** Some writers end the text with a NUL. */
function utf8(slab: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(slab.subarray(at, at + length)).replace(/\0+$/, '')
}

function i64(slab: Uint8Array, at: number, bigEndian: boolean): bigint {
  const high = u32(slab, bigEndian ? at : at + 4, bigEndian)
  const low = u32(slab, bigEndian ? at + 4 : at, bigEndian)
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low))
}
