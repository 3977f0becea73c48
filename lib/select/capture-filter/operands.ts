import type { Base, Compute, Operand, Test } from './tests.ts'

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

/** Whether a test asks for bytes that have no fixed place in the frame. */
export function asksForBases(test: Test): boolean {
  switch (test.kind) {
    case 'always':
      return false
    case 'not':
      return asksForBases(test.test)
    case 'compare':
      return basesOf(test.operand).some(base => base !== 'frame')
    case 'chain':
      return asksForBases(test.first) || test.rest.some(({ test }) => asksForBases(test))
  }
}
