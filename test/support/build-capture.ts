/** Builds captures byte by byte, so that tests need no files. Every block builder gives one complete block. */

/** A frame as it goes into a capture; times are seconds and nanoseconds. */
export type TestFrame =
  | Uint8Array
  | { bytes: Uint8Array; time?: [sec: number, nsec: number]; wireLen?: number }

interface Endian {
  bigEndian?: boolean
}

export interface PcapOptions extends Endian {
  /** The whole network field, FCS bits included. */
  linkType?: number
  nanoseconds?: boolean
  snaplen?: number
  /** The Kuznetzov-modified format: 24-byte record headers. */
  modified?: boolean
  version?: [major: number, minor: number]
}

/** Default times of frames: one second apart. */
const timeOf = (frame: TestFrame, index: number): [number, number] =>
  (frame instanceof Uint8Array ? undefined : frame.time) ?? [1_000_000 + index, 0]
const bytesOf = (frame: TestFrame): Uint8Array => (frame instanceof Uint8Array ? frame : frame.bytes)
const wireLenOf = (frame: TestFrame): number =>
  (frame instanceof Uint8Array ? undefined : frame.wireLen) ?? bytesOf(frame).length

/** 32-bit words (numbers), 16-bit ones (`[n]`), 64-bit ones (bigint) and bytes, in a byte order. */
type Field = number | [short: number] | bigint | Uint8Array

export function pack(fields: readonly Field[], bigEndian = false): Buffer {
  return Buffer.concat(
    fields.map(field => {
      if (field instanceof Uint8Array) return field
      if (typeof field === 'bigint') {
        const wide = Buffer.alloc(8)
        if (bigEndian) wide.writeBigUInt64BE(BigInt.asUintN(64, field))
        else wide.writeBigUInt64LE(BigInt.asUintN(64, field))
        return wide
      }
      const bytes = Buffer.alloc(typeof field === 'number' ? 4 : 2)
      const value = typeof field === 'number' ? field >>> 0 : field[0]
      if (bigEndian) bytes.writeUIntBE(value, 0, bytes.length)
      else bytes.writeUIntLE(value, 0, bytes.length)
      return bytes
    }),
  )
}

/** A classic pcap file. */
export function pcap(frames: readonly TestFrame[], options: PcapOptions = {}): Buffer {
  const {
    linkType = 1,
    nanoseconds = false,
    bigEndian = false,
    snaplen = 262_144,
    modified = false,
  } = options
  const [major, minor] = options.version ?? [2, 4]
  const magic = modified ? 0xa1b2cd34 : nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4
  const header = pack([magic, [major], [minor], 0, 0, snaplen, linkType], bigEndian)
  const records = frames.map((frame, index) => pcapRecord(frame, { ...options, index }))
  return Buffer.concat([header, ...records])
}

/** One record of a classic pcap file; `index` gives its default time. */
export function pcapRecord(frame: TestFrame, options: PcapOptions & { index?: number } = {}): Buffer {
  const { nanoseconds = false, bigEndian = false, modified = false, index = 0 } = options
  const [major, minor] = options.version ?? [2, 4]
  const bytes = bytesOf(frame)
  const [sec, nsec] = timeOf(frame, index)
  const lengths = [bytes.length, wireLenOf(frame)]
  // versions before 2.3 have the two lengths the other way round
  if (major < 2 || (major === 2 && minor < 3)) lengths.reverse()
  const extra: Field[] = modified ? [1, [0x0800], Uint8Array.of(0, 0)] : []
  return pack([sec, nanoseconds ? nsec : Math.trunc(nsec / 1000), ...lengths, ...extra, bytes], bigEndian)
}

/** A pcapng file made of blocks; without a section header in front it is no capture. */
export function pcapng(...blocks: readonly Uint8Array[]): Buffer {
  return Buffer.concat(blocks)
}

/** A whole pcapng file with one interface; the plain way to get one. */
export function simplePcapng(frames: readonly TestFrame[], options: InterfaceOptions = {}): Buffer {
  const epbOptions = { ...options, iface: 0 }
  return pcapng(
    shb(options),
    idb(options),
    ...frames.map((frame, index) => epb(frame, { ...epbOptions, index })),
  )
}

/** An option's code and value; text is written as UTF-8. */
export type BlockOption = [code: number, value: string | Uint8Array]

interface BlockOptions extends Endian {
  options?: readonly BlockOption[]
  /** Instead of the true block total length in the trailer. */
  trailer?: number
}

const padding = (length: number): Uint8Array => new Uint8Array((4 - (length & 3)) & 3)

function optionList(options: readonly BlockOption[] | undefined, bigEndian: boolean): Buffer {
  if (options === undefined || options.length === 0) return Buffer.alloc(0)
  const parts = options.map(([code, value]) => {
    const bytes = Buffer.from(value as Uint8Array)
    return pack([[code], [bytes.length], bytes, padding(bytes.length)], bigEndian)
  })
  return Buffer.concat([...parts, pack([0], bigEndian)])
}

/** Any block: type, body, options, padded and framed with its length. */
export function block(type: number, body: Uint8Array, options: BlockOptions = {}): Buffer {
  const { bigEndian = false } = options
  const inner = Buffer.concat([body, padding(body.length), optionList(options.options, bigEndian)])
  const total = inner.length + 12
  return pack([type, total, inner, options.trailer ?? total], bigEndian)
}

export interface SectionOptions extends BlockOptions {
  sectionLength?: bigint
  version?: [major: number, minor: number]
}

/** Section Header Block. */
export function shb(options: SectionOptions = {}): Buffer {
  const [major, minor] = options.version ?? [1, 0]
  const body = pack([0x1a2b3c4d, [major], [minor], options.sectionLength ?? -1n], options.bigEndian)
  return block(0x0a0d0d0a, body, options)
}

export interface InterfaceOptions extends BlockOptions {
  linkType?: number
  snaplen?: number
  name?: string
  /** The if_tsresol byte; without it the option is left out and ticks are microseconds. */
  tsresol?: number
  /** if_tsoffset in seconds. */
  tsoffset?: bigint
}

/** Interface Description Block. */
export function idb(options: InterfaceOptions = {}): Buffer {
  const { linkType = 1, snaplen = 0, bigEndian = false } = options
  const list: BlockOption[] = [...(options.options ?? [])]
  if (options.name !== undefined) list.push([2, options.name])
  if (options.tsresol !== undefined) list.push([9, Uint8Array.of(options.tsresol)])
  if (options.tsoffset !== undefined) list.push([14, pack([options.tsoffset], bigEndian)])
  return block(1, pack([[linkType], [0], snaplen], bigEndian), { ...options, options: list })
}

export interface PacketOptions extends BlockOptions {
  iface?: number
  /** The interface's if_tsresol byte, to write the frame's time in its ticks. */
  tsresol?: number
  tsoffset?: bigint
  /** The raw 64-bit timestamp, instead of the frame's time. */
  ticks?: bigint
  /** Number that gives the frame's default time. */
  index?: number
}

function ticksOf(frame: TestFrame, options: PacketOptions): [high: number, low: number] {
  const { tsresol = 6, tsoffset = 0n, index = 0 } = options
  const perSecond = tsresol & 0x80 ? 1n << BigInt(tsresol & 0x7f) : 10n ** BigInt(tsresol)
  const [sec, nsec] = timeOf(frame, index)
  const ticks =
    options.ticks ?? (BigInt(sec) - tsoffset) * perSecond + (BigInt(nsec) * perSecond) / 1_000_000_000n
  const unsigned = BigInt.asUintN(64, ticks)
  return [Number(unsigned >> 32n), Number(unsigned & 0xffff_ffffn)]
}

/** Enhanced Packet Block. */
export function epb(frame: TestFrame, options: PacketOptions = {}): Buffer {
  const { iface = 0, bigEndian = false } = options
  const bytes = bytesOf(frame)
  const fields = [iface, ...ticksOf(frame, options), bytes.length, wireLenOf(frame)]
  return block(6, pack([...fields, bytes], bigEndian), options)
}

/** Simple Packet Block: no time, no interface, no captured length. */
export function spb(frame: TestFrame, options: BlockOptions = {}): Buffer {
  return block(3, pack([wireLenOf(frame), bytesOf(frame)], options.bigEndian), options)
}

/** The obsolete Packet Block: 16 bits of interface, 16 of drops. */
export function opb(frame: TestFrame, options: PacketOptions & { drops?: number } = {}): Buffer {
  const { iface = 0, drops = 0xffff, bigEndian = false } = options
  const bytes = bytesOf(frame)
  const fields: Field[] = [[iface], [drops], ...ticksOf(frame, options), bytes.length, wireLenOf(frame)]
  return block(2, pack([...fields, bytes], bigEndian), options)
}

/** Name Resolution Block with one IPv4 name. */
export function nrb(options: BlockOptions = {}): Buffer {
  const record = Buffer.concat([Uint8Array.of(10, 0, 0, 1), Buffer.from('host.test\0')])
  const fields: Field[] = [[1], [record.length], record, padding(record.length), 0]
  return block(4, pack(fields, options.bigEndian), options)
}

/** Interface Statistics Block. */
export function isb(options: BlockOptions & { iface?: number } = {}): Buffer {
  return block(5, pack([options.iface ?? 0, 0, 0], options.bigEndian), options)
}

/** Decryption Secrets Block with a TLS key log. */
export function dsb(options: BlockOptions & { secrets?: string } = {}): Buffer {
  const secrets = Buffer.from(options.secrets ?? 'CLIENT_RANDOM 00 00\n')
  return block(10, pack([0x544c534b, secrets.length, secrets], options.bigEndian), options)
}

/** Custom Block, copyable (0xbad) unless told otherwise. */
export function customBlock(data: Uint8Array, options: BlockOptions & { copyable?: boolean } = {}): Buffer {
  const type = options.copyable === false ? 0x4000_0bad : 0x0bad
  return block(type, pack([32_473, data], options.bigEndian), options)
}

/** A block of a type that nobody assigned. */
export function unknownBlock(data: Uint8Array, options: BlockOptions & { type?: number } = {}): Buffer {
  return block(options.type ?? 0x0000_7777, data, options)
}
