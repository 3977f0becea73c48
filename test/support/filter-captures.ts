import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { openCapture } from '../../lib/capture/open-capture.ts'
import type { FrameFilter } from '../../lib/select/capture-filter/frame-filter.ts'
import { pcap, type TestFrame } from './build-capture.ts'

/** A capture of one link type, whose frames have their number as the second of their time. */
export interface FilterCapture {
  path: string
  linkType: number
  frames: readonly { bytes: Buffer; wireLen: number }[]
}

/** The first frames of captures, sorted by link type; those whose place in the row `cut` names end early. */
export async function framesByLinkType(
  files: readonly string[],
  most: number,
  cut: (n: number, length: number) => number,
): Promise<Map<number, { bytes: Buffer; wireLen: number }[]>> {
  const all = new Map<number, { bytes: Buffer; wireLen: number }[]>()
  for (const file of files) {
    for await (const batch of openCapture(file, { count: most })) {
      const { off, capLen, wireLen, linkType } = batch.frames
      for (let row = 0; row < batch.rows; row++) {
        const frames = all.get(linkType[row]!) ?? []
        all.set(linkType[row]!, frames)
        const length = cut(frames.length, capLen[row]!)
        frames.push({
          bytes: Buffer.from(batch.slab.subarray(off[row]!, off[row]! + length)),
          wireLen: wireLen[row]!,
        })
      }
    }
  }
  return all
}

export function filterCapture(
  path: string,
  linkType: number,
  frames: FilterCapture['frames'],
): FilterCapture {
  const timed: TestFrame[] = frames.map(({ bytes, wireLen }, n) => ({ bytes, wireLen, time: [n, 0] }))
  writeFileSync(path, pcap(timed, { linkType, snaplen: 262_144 }))
  return { path, linkType, frames }
}

/** The numbers of the frames that fit. */
export function fitting({ frames, linkType }: FilterCapture, filter: FrameFilter): number[] {
  const fits = filter.predicate(linkType)
  return frames.flatMap(({ bytes, wireLen }, n) => (fits(bytes, 0, bytes.length, wireLen) ? [n] : []))
}

/** What tcpdump says of an expression: the numbers of the frames that it lets through, or what it complains of. */
export function asTcpdump({ path }: FilterCapture, expression: string): number[] | string {
  const { stdout, stderr, status } = spawnSync('tcpdump', ['-r', path, '-w', '-', '--', expression], {
    maxBuffer: 1 << 28,
  })
  const said = stderr.toString()
  if (said.includes('expression rejects all packets')) return []
  if (status !== 0) return said
  const numbers: number[] = []
  for (let at = 24; at + 16 <= stdout.length; at += 16 + stdout.readUInt32LE(at + 8))
    numbers.push(stdout.readUInt32LE(at))
  return numbers
}
