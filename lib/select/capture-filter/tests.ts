/** Questions about the bytes of a frame, and how they hang together: what an expression becomes for a link type. */

import type { FrameAt } from './frame-at.ts'

/**
 * What positions count from: the first byte of the frame, or of the link header or payload where these have no fixed
 * place in the frame.
 */
export type Base = 'frame' | 'link' | 'payload'

export interface Place {
  base: Base
  offset: number
}

/** A number that a frame gives. */
export type Operand =
  /** Big-endian bytes; `header`: counted from behind the IPv4 header that begins there. */
  | { kind: 'load'; from: Place; size: number; mask: number; header: Place | undefined }
  | { kind: 'computed'; key: string; compute: Compute; bases: readonly Base[] }

/** A 32-bit number, or −1 for bytes that were not captured, which rejects the frame whatever else is asked. */
export type Compute = (frame: FrameAt) => number

export type Test =
  | { kind: 'always'; value: boolean }
  | { kind: 'compare'; operand: Operand; relation: 'eq' | 'gt' | 'ge'; value: number }
  | { kind: 'not'; test: Test }
  /** Worked off from left to right; `and` and `or` bind alike. */
  | { kind: 'chain'; first: Test; rest: { and: boolean; test: Test }[] }

export const ALWAYS: Test = { kind: 'always', value: true }
export const NEVER: Test = { kind: 'always', value: false }

export const not = (test: Test): Test => ({ kind: 'not', test })
export const both = (first: Test, ...rest: Test[]): Test => chain(true, first, rest)
export const either = (first: Test, ...rest: Test[]): Test => chain(false, first, rest)

function chain(and: boolean, first: Test, rest: readonly Test[]): Test {
  return { kind: 'chain', first, rest: rest.map(test => ({ and, test })) }
}

/** Whether `size` bytes at a place, masked, are `value`. */
export function bytesAre(from: Place, size: number, value: number, mask = 0xffff_ffff, header?: Place): Test {
  // bits that nobody looks at are not loaded, so they need not have been captured; tcpdump sees that for fixed places
  if (mask === 0 && from.base === 'frame') return value === 0 ? ALWAYS : NEVER
  return compare({ kind: 'load', from, size, mask, header }, 'eq', value)
}

export function compare(operand: Operand, relation: 'eq' | 'gt' | 'ge', value: number): Test {
  return { kind: 'compare', operand, relation, value }
}

/** The bytes at a place, unmasked. */
export function bytesAt(from: Place, size: number, header?: Place): Operand {
  return { kind: 'load', from, size, mask: 0xffff_ffff, header }
}

export const behind = ({ base, offset }: Place, by: number): Place => ({ base, offset: offset + by })
