import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DumpOptions } from '../../lib/index.ts'
import { type Row, rowsOf } from './text-run.ts'

/** What the original wrote for a capture. */
export interface Golden {
  name: string
  capture: string
  options: Partial<DumpOptions>
  /** Rows of its flow file and of its packet file, with our names of columns. */
  flows: Row[]
  packets: Row[]
  /** sha256 of each payload file by its name. */
  payload: Map<string, string>
}

const CAPTURES = process.env.PLDPIPE_CAPTURES ?? resolve(import.meta.dirname, '../../../shared/captures')
const FOLDER = resolve(CAPTURES, '../goldens')

export const hasGoldens = existsSync(join(FOLDER, 'open'))

/** The variants in which the original was built, by our options. */
const VARIANTS: Record<string, Partial<DumpOptions>> = {
  default: {},
  N1: { names: 1 },
  N1b: { names: 1 },
  N2: { names: 2 },
  N2b: { names: 2 },
  MAX: { maxBytes: 10 },
  OFF: { startOffset: 4 },
  PORTS: { tcpPorts: [25, 21] },
  l2: { l2: true },
  all: { l2: true, sctp: true },
  // its connections are told apart: so do we, always
  ts: {},
}

/** All captures whose text the original wrote to the end; and the names of those that are not at hand. */
export function goldens(): { goldens: Golden[]; absent: string[] } {
  const result: { goldens: Golden[]; absent: string[] } = { goldens: [], absent: [] }
  const add = (name: string, capture: string, variant: string): void => {
    if (!existsSync(join(FOLDER, name, 'flows.txt'))) return
    if (!existsSync(capture)) result.absent.push(name)
    else result.goldens.push(read(name, capture, VARIANTS[variant]!))
  }
  for (const name of readdirSync(join(FOLDER, 'open')).sort()) {
    add(`open/${name}`, join(CAPTURES, 'captures', name), 'default')
  }
  for (const name of readdirSync(FOLDER).sort()) {
    const meta = join(FOLDER, name, 'meta.txt')
    if (!existsSync(meta)) continue
    const [, capture, variant] = /capture: (.*)[\s\S]*variant: (.*)/.exec(readFileSync(meta, 'utf8'))!
    add(name, join(FOLDER, capture!), variant!)
  }
  return result
}

function read(name: string, capture: string, options: Partial<DumpOptions>): Golden {
  // what is no UTF-8 in it was never escaped by the original
  const text = (file: string): string => readFileSync(join(FOLDER, name, file), 'latin1')
  const rows = (file: string): Row[] => rowsOf(text(file).replace('\tvlanID\t', '\tethVlanID\t'))
  const payload = new Map<string, string>()
  for (const line of text('payload.sha256').split('\n')) {
    const [, digest, path] = /^(\w{64}) [ *](.*)$/.exec(line) ?? []
    if (path !== undefined) payload.set(path, digest!)
  }
  return { name, capture, options, flows: rows('flows.txt'), packets: rows('packets.txt'), payload }
}
