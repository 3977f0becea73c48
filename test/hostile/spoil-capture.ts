import { gzipSync } from 'node:zlib'
import type { Dice } from './dice.ts'
import { mapCapture } from './records-of-capture.ts'

/** What lengths are set to. */
const LENGTHS = [0, 1, 0x7fffffff, 0xffffffff]
/** Places in an Ethernet frame where lengths and what decides about them stand: IP, and behind it UDP, TCP, SCTP. */
const IN_FRAME = [12, 13, 14, 15, 16, 17, 18, 20, 21, 23, 34, 38, 39, 46, 47, 50, 58]

type Spoil = (bytes: Buffer, dice: Dice) => Buffer

export const SPOILS: Readonly<Record<string, Spoil>> = {
  cut: (bytes, dice) => bytes.subarray(0, dice.below(bytes.length + 1)),
  cutQuarter: (bytes, dice) => bytes.subarray(0, Math.floor((bytes.length * (1 + dice.below(3))) / 4)),
  cutEarly: (bytes, dice) => bytes.subarray(0, dice.below(200)),
  /** 1 % of the bytes, anywhere. */
  flip: (bytes, dice) => flipped(bytes, dice, Math.ceil(bytes.length / 100)),
  flipFew: (bytes, dice) => flipped(bytes, dice, 1 + dice.below(8)),
  /** In frames only, so that the capture stays sound and what lies in it is what is odd. */
  flipFrames: (bytes, dice) => {
    const out = Buffer.from(bytes)
    for (const { frame, to } of mapCapture(bytes)?.records ?? []) {
      for (let at = frame; at < Math.min(to, frame + 80); at++)
        if (dice.chance(0.02)) out[at] = dice.below(256)
    }
    return out
  },
  length: (bytes, dice) => {
    const map = mapCapture(bytes)
    if (map === undefined || map.records.length === 0) return bytes
    const out = Buffer.from(bytes)
    for (let count = 1 + dice.below(4); count > 0; count--) {
      const { lengths } = dice.pick(map.records)
      if (lengths.length === 0) continue
      const at = dice.pick(lengths)
      const value = dice.pick(LENGTHS)
      if (map.bigEndian) out.writeUInt32BE(value, at)
      else out.writeUInt32LE(value, at)
    }
    return out
  },
  frameLength: (bytes, dice) => {
    const out = Buffer.from(bytes)
    for (const { frame, to } of mapCapture(bytes)?.records ?? []) {
      if (!dice.chance(0.3)) continue
      const at = frame + dice.pick(IN_FRAME)
      if (at + 2 <= to) out.writeUInt16BE(dice.pick(LENGTHS) & 0xffff, at)
    }
    return out
  },
  repeat: (bytes, dice) =>
    rearranged(bytes, dice, (parts, at) => parts.splice(at, 0, ...parts.slice(at, at + 9))),
  swap: (bytes, dice) =>
    rearranged(bytes, dice, (parts, at) => {
      const other = dice.below(parts.length)
      const kept = parts[at]!
      parts[at] = parts[other]!
      parts[other] = kept
    }),
  drop: (bytes, dice) => rearranged(bytes, dice, (parts, at) => parts.splice(at, 1)),
  /** A record cut out of its middle, so that nothing behind it lies where it should. */
  lose: (bytes, dice) => {
    const at = dice.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(40))])
  },
  gzip: (bytes, dice) => flipped(gzipSync(bytes, { level: 1 }), dice, dice.below(3)),
  gzipCut: (bytes, dice) => {
    const zipped = gzipSync(bytes, { level: 1 })
    return zipped.subarray(0, dice.below(zipped.length))
  },
  none: bytes => bytes,
}

function flipped(bytes: Buffer, dice: Dice, count: number): Buffer {
  const out = Buffer.from(bytes)
  if (out.length === 0) return out
  for (let i = 0; i < count; i++) out[dice.below(out.length)] = dice.below(256)
  return out
}

function rearranged(bytes: Buffer, dice: Dice, change: (parts: Buffer[], at: number) => void): Buffer {
  const map = mapCapture(bytes)
  if (map === undefined || map.records.length === 0) return bytes
  const parts = map.records.map(({ from, to }) => bytes.subarray(from, to))
  for (let count = 1 + dice.below(5); count > 0 && parts.length > 0; count--)
    change(parts, dice.below(parts.length))
  return Buffer.concat([bytes.subarray(0, map.header), ...parts, bytes.subarray(map.records.at(-1)!.to)])
}
