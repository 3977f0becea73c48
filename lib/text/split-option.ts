import { PldError } from '../errors.ts'

/** When a flow file is full and another one is begun: after so many flows, or so many bytes of text. */
export interface TextSplit {
  flows?: number
  bytes?: number
  /** Number of the first file (default 0). */
  start?: number
}

/** As in Tranalyzer. */
const DEFAULT_BYTES = 5e8
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9 }

/** Reads `PREFIX[:SIZE][,START]`; SIZE is bytes (`500M`, `1.5G`, `1e6`) or flows (`1000f`). Throws ERR_USAGE. */
export function parseSplit(text: string): { prefix: string; split: TextSplit } {
  const match = /^(.+?)(?::([^:/,]*))?(?:,([^,/]*))?$/.exec(text)
  const [, prefix, size, start = '0'] = match ?? []
  const limit = size === undefined ? { bytes: DEFAULT_BYTES } : limitOf(size)
  if (prefix === undefined || limit === undefined || !/^\d{1,15}$/.test(start)) {
    const form = 'PREFIX[:SIZE][,START], SIZE in bytes as 500M or in flows as 1000f'
    throw new PldError('ERR_USAGE', `--split takes ${form}; not ${JSON.stringify(text)}`)
  }
  return { prefix, split: { ...limit, start: Number(start) } }
}

function limitOf(size: string): TextSplit | undefined {
  const match = /^(\d+(?:\.\d+)?(?:e\d{1,2})?)([KMG]?)(f?)$/i.exec(size)
  if (match === null) return undefined
  const [, number, unit = '', flows] = match
  const limit = Math.ceil(Number(number) * UNITS[unit.toUpperCase()]!)
  if (limit < 1) return undefined
  return flows === '' ? { bytes: limit } : { flows: limit }
}
