import type { Batch } from '../batch.ts'
import { copyColumns, type FrameColumns, type LineColumns } from '../columns.ts'
import { PldError } from '../errors.ts'
import { parseIPv4, parseIPv6, parseMac } from '../ip-text.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { PACKET_FIELDS, unknownMembers } from '../packet-view.ts'
import { parseTime } from '../time-text.ts'

/** The columns that changes are written to: copies, so that others who hold the batch do not see them. */
interface Draft {
  frames: FrameColumns
  packets: PacketColumns
}

type Setter = (draft: Draft, row: number, value: unknown) => boolean

const whole = (value: unknown, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max

const port =
  (name: 'srcPort' | 'dstPort'): Setter =>
  ({ packets }, row, value) => {
    if (!whole(value, 0xffff)) return false
    packets[name][row] = value
    return true
  }

const word =
  (name: 'tcpSeq' | 'tcpAck'): Setter =>
  ({ packets }, row, value) => {
    if (!whole(value, 0xffff_ffff)) return false
    packets[name][row] = value
    return true
  }

const address =
  (shift: 0 | 4): Setter =>
  ({ packets }, row, value) => {
    const words = packets.family[row] === 4 ? ipv4Words(String(value)) : parseIPv6(String(value))
    if (packets.family[row] === 0 || words === undefined) return false
    packets.addr.set(words, 8 * row + shift)
    return true
  }

function ipv4Words(text: string): [number] | undefined {
  const value = parseIPv4(text)
  return value === undefined ? undefined : [value]
}

/** One setter for each field that may be changed; false: the value does not fit the field. */
const SETTERS: Record<string, Setter> = {
  time: ({ frames }, row, value) => {
    const time = parseTime(String(value))
    if (time === undefined) return false
    frames.sec[row] = time[0]
    frames.nsec[row] = time[1]
    return true
  },
  srcIP: address(0),
  dstIP: address(4),
  srcPort: port('srcPort'),
  dstPort: port('dstPort'),
  tcpSeq: word('tcpSeq'),
  tcpAck: word('tcpAck'),
  tcpFlags: ({ packets }, row, value) => {
    const flags = Number(value)
    if (!whole(flags, 0xfff)) return false
    packets.tcpFlags[row] = flags
    return true
  },
  tcpWin: ({ packets }, row, value) => {
    if (!whole(value, 0xffff)) return false
    packets.tcpWin[row] = value
    return true
  },
  // the three words hold the destination's six bytes, then the source's
  dstMac: ({ packets: { mac } }, row, value) => {
    const parts = parseMac(String(value))
    if (parts === undefined) return false
    const [high, low] = parts
    mac[3 * row] = high * 0x1_0000 + (low >>> 16)
    mac[3 * row + 1] = ((low & 0xffff) << 16) | (mac[3 * row + 1]! & 0xffff)
    return true
  },
  srcMac: ({ packets: { mac } }, row, value) => {
    const parts = parseMac(String(value))
    if (parts === undefined) return false
    const [high, low] = parts
    mac[3 * row + 1] = (mac[3 * row + 1]! & 0xffff_0000) | high
    mac[3 * row + 2] = low
    return true
  },
}

const KNOWN = new Set([...PACKET_FIELDS, 'atOffset', 'atLength'])

/** A batch in the making: the same as `origin` but for what was `set()`. Nothing is copied before the first change. */
export class BatchDraft {
  readonly #origin: Batch
  #draft: Draft | undefined
  #lines: LineColumns | undefined
  #extras: Map<number, Record<string, unknown>> | undefined
  #payloads: { row: number; bytes: Uint8Array }[] = []

  constructor(origin: Batch) {
    this.#origin = origin
  }

  /** Changes a field of a row or adds a member to it. Throws ERR_FIELD where the field or the value cannot be taken. */
  set(row: number, name: string, value: unknown): void {
    const setter = SETTERS[name]
    if (setter !== undefined) {
      if (!setter(this.#columns(), row, value))
        this.#refuse(row, `${name} cannot be ${JSON.stringify(value)}`)
    } else if (name === 'payload') {
      if (typeof value !== 'string' && !(value instanceof Uint8Array))
        this.#refuse(row, 'payload has to be bytes')
      const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : (value as Uint8Array)
      this.#payloads.push({ row, bytes })
    } else if (name === 'snapL7Len' || name === 'l7Len') {
      // they follow the payload; a spread of the packet brings the old ones along
      return
    } else if (KNOWN.has(name)) {
      this.#refuse(row, `${name} cannot be changed`)
    } else {
      this.#extras ??= new Map(this.#origin.extras)
      this.#extras.set(row, { ...this.#extras.get(row), [name]: value })
    }
    if (name !== 'payload' && setter === undefined) return
    this.#forgetLine(row)
  }

  /** The batch with all changes. */
  batch(): Batch {
    const origin = this.#origin
    const draft = this.#payloads.length > 0 ? this.#columns() : this.#draft
    if (draft === undefined && this.#extras === undefined) return origin
    const slab = this.#payloads.length > 0 ? this.#withPayloads(draft!.packets) : origin.slab
    return origin.derive({
      ...draft,
      slab,
      fileOffset: slab === origin.slab ? origin.fileOffset : -1,
      lines: this.#lines ?? origin.lines,
      extras: this.#extras ?? origin.extras,
    })
  }

  #columns(): Draft {
    const { frames, packets } = this.#origin
    if (packets === undefined)
      throw new PldError('ERR_FIELD', 'frames have no fields to change; decode them first')
    this.#draft ??= { frames: copyColumns(frames), packets: copyColumns(packets) }
    return this.#draft
  }

  /** A line that no longer tells the truth is not passed on; what it held beyond our fields is kept. */
  #forgetLine(row: number): void {
    if (this.#origin.lines === undefined) return
    this.#lines ??= copyColumns(this.#origin.lines)
    if (this.#lines.len[row] === 0) return
    this.#extras ??= new Map(this.#origin.extras)
    this.#extras.set(row, { ...unknownMembers(this.#origin, row), ...this.#extras.get(row) })
    this.#lines.len[row] = 0
  }

  #withPayloads({ payOff, payLen, l7Len }: PacketColumns): Buffer {
    const { slab } = this.#origin
    let at = slab.length
    for (const { row, bytes } of this.#payloads) {
      payOff[row] = at
      payLen[row] = bytes.length
      l7Len[row] = bytes.length
      at += bytes.length
    }
    return Buffer.concat([slab, ...this.#payloads.map(({ bytes }) => bytes)])
  }

  #refuse(row: number, message: string): never {
    const pktNo = this.#origin.frames.pktNo[row]!
    throw new PldError('ERR_FIELD', message, { file: this.#origin.capture?.file ?? '-', pktNo })
  }
}
