import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A direction of a flow and the payload it must yield. */
export interface TruthDirection {
  proto: 'tcp' | 'udp' | 'sctp'
  src: string
  sport: number
  dst: string
  dport: number
  /** n-th connection between these endpoints. */
  conn: number
  /** Number of the SCTP stream. */
  sid?: number | null
  encap: string[]
  length: number
  sha256Zero: string | null
  flags?: string[]
  status: 'agreed' | 'majority' | 'ruled' | 'contested'
}

export interface Truth {
  name: string
  file: string
  kind: string
  linktypes: number[]
  packets: number
  directions: TruthDirection[]
}

export interface Derived {
  name: string
  file: string
  morph: string
  /** sha256 of the stream by `proto src sport dst dport conn`. */
  expect: Record<string, string>
}

/** Where the optional set of captures with verified payload lies; `PLDPIPE_CAPTURES` names another place. */
const FOLDER = process.env.PLDPIPE_CAPTURES ?? resolve(import.meta.dirname, '../../../shared/captures')

/** What Tranalyzer made of many of them, beside it. */
export const GOLDENS = join(FOLDER, '../goldens')

/** The path of a capture as published. */
export const sharedCapture = (name: string): string => join(FOLDER, 'captures', name)

export const hasSharedCaptures = existsSync(join(FOLDER, 'index.ndjson'))

function lines<T>(file: string): T[] {
  return readFileSync(join(FOLDER, file), 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as T)
}

/** The captures as published, each with what is in it. */
export function sharedCaptures(): Truth[] {
  return lines<{ name: string; kind: string }>('index.ndjson').map(({ name, kind }) => ({
    ...(JSON.parse(readFileSync(join(FOLDER, 'truth', `${name}.json`), 'utf8')) as Truth),
    name,
    kind,
    file: join(FOLDER, 'captures', name),
  }))
}

/** Captures made from those by changes that leave the payload as it is. */
export function derivedCaptures(): Derived[] {
  return lines<Omit<Derived, 'file'>>('derived/index.ndjson').map(entry => ({
    ...entry,
    file: join(FOLDER, 'derived', entry.name),
  }))
}
