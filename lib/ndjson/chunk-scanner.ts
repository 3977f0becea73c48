import { LO_NO_ETH } from '../status-bits.ts'
import { CaptureIdScanner } from './capture-id-scanner.ts'
import type { CaptureList } from './capture-list.ts'
import { EndpointScanner } from './endpoint-scanner.ts'
import type { LineCursor } from './line-cursor.ts'
import { literal } from './literal.ts'
import { MAX_OFFSET } from './member-rows.ts'
import type { PayloadReader } from './payload-reader.ts'
import type { RowStore } from './row-store.ts'
import { FRAGMENTS, UNORDERED, WHOLE } from './sctp-members.ts'

const START = literal('{"type":"chunk","captureId":"')
const FLOW_IND = literal('","flowInd":')
const DIR = literal(',"dir":"')
const PKT_NO = literal('","pktNo":')
const TIME = literal(',"time":"')
const TIME_FIRST = literal('","timeFirst":"')
const QUOTE = 0x22
const STREAM = literal(',"sctpStream":')
const PPID = literal(',"sctpPpid":')
const UNORDERED_MEMBER = literal(',"sctpUnordered":true')
const FRAGMENT = literal(',"sctpFragment":"')
const PARTS = FRAGMENTS.map(part => literal(`${part}"`))
const OFFSET = literal(',"offset":')
const MINUS = 0x2d
const LENGTH = literal(',"length":')
const PAYLOAD = literal(',"payload":"')

const MAX = Number.MAX_SAFE_INTEGER

/** Reads chunk lines that are written as we write them straight into columns. */
export class ChunkScanner {
  readonly captureId: CaptureIdScanner
  readonly #line: LineCursor
  readonly #endpoints: EndpointScanner
  readonly #payloads: PayloadReader

  constructor(line: LineCursor, captures: CaptureList, payloads: PayloadReader) {
    this.captureId = new CaptureIdScanner(line, captures)
    this.#line = line
    this.#endpoints = new EndpointScanner(line)
    this.#payloads = payloads
  }

  /** Whether the line from `from` to `to` was read; if not, fields of the row may hold anything. */
  scan(store: RowStore, row: number, from: number, to: number): boolean {
    const line = this.#line
    line.at = from
    if (!line.literal(START) || !this.captureId.scan() || !this.#scanStream(store, row)) return false
    const { packets } = store
    packets.statLo[row] = LO_NO_ETH
    if (line.literal(TIME_FIRST)) {
      if (!line.time() || !line.byte(QUOTE) || !this.#endpoints.scanEthType(packets, row)) return false
      if (!this.#endpoints.scanLink(packets, row) || !this.#endpoints.scanAddresses(packets, row))
        return false
      store.tags.firstSec[row] = line.sec
      store.tags.firstNsec[row] = line.nsec
    } else if (!line.byte(QUOTE)) return false
    store.stream[row] = 0
    if (line.literal(STREAM) && !this.#scanSctp(store, row)) return false
    if (!line.literal(OFFSET)) return false
    const negative = line.byte(MINUS)
    const offset = line.uint(MAX_OFFSET)
    if (offset < 0 || !line.literal(LENGTH)) return false
    const length = line.uint(0xffff_ffff)
    store.offset[row] = negative ? -offset : offset
    packets.l7Len[row] = length
    packets.payLen[row] = length
    store.lines.splice[row] = line.at
    return length > 0 && line.literal(PAYLOAD) && this.#payloads.scanText(line, packets, row, to, true)
  }

  #scanSctp({ stream, ppid, dataFlags }: RowStore, row: number): boolean {
    const line = this.#line
    const number = line.uint(0xffff)
    if (number < 0 || !line.literal(PPID)) return false
    const protocol = line.uint(0xffff_ffff)
    if (protocol < 0) return false
    let flags = line.literal(UNORDERED_MEMBER) ? UNORDERED : 0
    if (line.literal(FRAGMENT)) {
      const part = PARTS.findIndex(text => line.literal(text))
      if (part < 0 || part === WHOLE) return false
      flags |= part
    } else flags |= WHOLE
    stream[row] = number + 1
    ppid[row] = protocol
    dataFlags[row] = flags
    return true
  }

  #scanStream({ frames, tags }: RowStore, row: number): boolean {
    const line = this.#line
    if (!line.literal(FLOW_IND)) return false
    const flowInd = line.uint(MAX)
    if (flowInd < 0 || !line.literal(DIR)) return false
    const dir = line.bytes[line.at++]! - 0x41
    if ((dir !== 0 && dir !== 1) || !line.literal(PKT_NO)) return false
    const pktNo = line.uint(MAX)
    if (pktNo < 0 || !line.literal(TIME) || !line.time()) return false
    tags.flowInd[row] = flowInd
    tags.dir[row] = dir
    frames.pktNo[row] = pktNo
    frames.sec[row] = line.sec
    frames.nsec[row] = line.nsec
    frames.digits[row] = line.digits
    tags.firstSec[row] = line.sec
    tags.firstNsec[row] = line.nsec
    return true
  }
}
