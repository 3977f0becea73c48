import type { Base, Compute, Operand } from './tests.ts'

/** Two operands with the same key give the same number for every frame. */
export function keyOf(operand: Operand): string {
  if (operand.kind === 'computed') return operand.key
  const { from, size, mask, header } = operand
  return `${from.base}${from.offset}${header === undefined ? '' : `+${header.base}${header.offset}`}:${size}&${mask}`
}

/** What the operand's positions count from. */
export function basesOf(operand: Operand): readonly Base[] {
  return operand.kind === 'computed' ? operand.bases : [operand.from.base]
}

/** How the number is worked out. */
export function computeOf(operand: Operand): Compute {
  if (operand.kind === 'computed') return operand.compute
  const { from, size, mask, header } = operand
  return frame => {
    const length = header === undefined ? 0 : frame.headerLength(header)
    if (length < 0) return length
    const value = frame.load(frame.baseOf(from.base) + from.offset + length, size)
    return value < 0 ? value : (value & mask) >>> 0
  }
}
