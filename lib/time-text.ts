/** Times are kept as whole seconds (a double) and nanoseconds below a second (0…999,999,999), so that nothing is rounded. */

/** `seconds.fraction` with 6 or 9 digits. */
export function timeText(sec: number, nsec: number, digits: number): string {
  const fraction = digits === 6 ? Math.trunc(nsec / 1000) : nsec
  return `${sec}.${String(fraction).padStart(digits, '0')}`
}

/** The exact difference of two times, `later − earlier`; negative ones carry a `-` in front. */
export function durationText(
  laterSec: number,
  laterNsec: number,
  earlierSec: number,
  earlierNsec: number,
  digits: number,
): string {
  let sec = laterSec - earlierSec
  let nsec = laterNsec - earlierNsec
  if (sec < 0 || (sec === 0 && nsec < 0)) {
    return `-${durationText(earlierSec, earlierNsec, laterSec, laterNsec, digits)}`
  }
  if (nsec < 0) {
    sec -= 1
    nsec += 1_000_000_000
  }
  return timeText(sec, nsec, digits)
}

/** Seconds and nanoseconds of `seconds.fraction` (any number of digits, the tenth and later are dropped); undefined if it is none. */
export function parseTime(text: string): [sec: number, nsec: number] | undefined {
  const match = /^(\d{1,15})(?:\.(\d+))?$/.exec(text)
  if (match === null) return undefined
  return [Number(match[1]), Number((match[2] ?? '').padEnd(9, '0').slice(0, 9))]
}
