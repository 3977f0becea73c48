import type { Gap } from './records.ts'

/** The text that stands in place of bytes that were not captured; `reason` is left out where nobody told it. */
export function markerText(length: number, reason: Gap['reason'] | undefined): string {
  return `\n[gap of ${length} bytes${reason === undefined ? '' : `: ${reason}`}]\n`
}
