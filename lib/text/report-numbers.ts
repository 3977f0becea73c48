/**
 * How the end report writes numbers. Units go up in steps of 1024 but are thousands, so that 1024 is `1.02 K` and 1000
 * has none; this is how the original does it, and who compares reports sees the same text.
 */

const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E']
const DAY = 86_400
const YEAR = 365 * DAY
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `5902 (5.90 K)`; below 1024 the number alone. `digits`: of the number itself; `unit` stands behind it, `b/s`. */
export function amount(value: number, digits = 0, unit = ''): string {
  const behind = unit === '' ? '' : ` ${unit}`
  const step = Math.abs(value) < 1024 ? 0 : Math.floor(Math.log2(Math.abs(value)) / 10)
  const exact = `${value.toFixed(digits)}${behind}`
  if (step === 0) return exact
  const short = (value / 1000 ** step).toFixed(2)
  return `${exact} (${short} ${UNITS[step] ?? ''}${unit})`
}

/** ` [33.65%]`, with the space in front; nothing if there is no whole. */
export function share(part: number, whole: number): string {
  return whole > 0 ? ` [${((100 * part) / whole).toFixed(2)}%]` : ''
}

/** `1258544215.037210 sec (Wed 18 Nov 2009 11:36:55 GMT)`. */
export function moment(time: string): string {
  const date = new Date(Math.floor(Number(time.split('.')[0])) * 1000)
  // a capture may claim a time that no calendar has
  if (Number.isNaN(date.getTime())) return `${time} sec`
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${DAYS[date.getUTCDay()]} ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `${time} sec (${day} ${clock} GMT)`
}

/** `50276.646078 sec (13h 57m 56s)`; the bracket from one minute on, without parts that are 0. */
export function span(duration: string): string {
  let rest = Math.floor(Math.abs(Number(duration.split('.')[0])))
  if (rest < 60) return `${duration} sec`
  const parts: string[] = []
  for (const [seconds, letter] of [
    [YEAR, 'y'],
    [DAY, 'd'],
    [3600, 'h'],
    [60, 'm'],
    [1, 's'],
  ] as const) {
    const whole = Math.floor(rest / seconds)
    rest -= whole * seconds
    if (whole > 0) parts.push(`${whole}${letter}`)
  }
  return `${duration} sec (${parts.join(' ')})`
}
