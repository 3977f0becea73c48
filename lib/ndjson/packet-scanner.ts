import { intern } from '../header-chains.ts'
import { TCP_CHECKSUM_BAD, TCP_CHECKSUM_OK, TCP_CHECKSUM_PART, TCP_TSVAL } from '../packet-facts.ts'
import { CaptureIdScanner } from './capture-id-scanner.ts'
import type { CaptureList } from './capture-list.ts'
import { EndpointScanner } from './endpoint-scanner.ts'
import { type LineCursor, nsecBefore, secBefore } from './line-cursor.ts'
import { Literal, literal, SLACK } from './literal.ts'
import type { PayloadReader } from './payload-reader.ts'
import type { RowStore } from './row-store.ts'

const START = literal('{"type":"packet","captureId":"')
const PKT_NO = literal('","pktNo":')
const FILE_PKT_NO = literal(',"filePktNo":')
const TIME = literal(',"time":"')
const CAP_LEN = literal('","capLen":')
const WIRE_LEN = literal(',"wireLen":')
const HDR_DESC = literal(',"hdrDesc":"')
const NUM_HDRS = literal('","numHdrs":')
const TUNNEL_ID = literal(',"tunnelId":')
const IP_ID = literal(',"ipId":')
const ICMP_TYPE = literal(',"icmpType":')
const ICMP_CODE = literal(',"icmpCode":')
const TCP_SEQ = literal(',"tcpSeq":')
const TCP_ACK = literal(',"tcpAck":')
const TCP_FLAGS = literal(',"tcpFlags":"0x')
const TCP_WIN = literal('","tcpWin":')
const TCP_URG = literal(',"tcpUrg":')
const TCP_TS_VAL = literal(',"tcpTsVal":')
const L4_CHK_OK = literal(',"l4Chk":"ok"')
const L4_CHK_BAD = literal(',"l4Chk":"bad"')
const L4_CHK_PART = literal(',"l4Chk":"part"')
const L7_LEN = literal(',"l7Len":')
const SNAP_L7_LEN = literal(',"snapL7Len":')
const PKT_STAT = literal(',"pktStat":"0x')
const FLOW_IND = literal(',"flowInd":')
const DIR = literal(',"dir":"')
const FLOW_STAT = literal('","flowStat":"0x')
const PKT_IAT = literal('","pktIAT":"')
const PKT_TRIP = literal('","pktTrip":"')
const FLOW_DURATION = literal('","flowDuration":"')
const PLD_STAT = literal(',"pldStat":"0x')
const QUOTE = 0x22
const COMMA = 0x2c

const MAX = Number.MAX_SAFE_INTEGER
const MAX_U32 = 0xffff_ffff
/** Header chains are looked up by their bytes in so many places. */
const CHAINS = 256

/** Reads packet lines that are written as we write them straight into columns. */
export class PacketScanner {
  /** What the last line said of its batch. */
  pktNoBase = 0
  tagged = false
  withStat = false
  readonly captureId: CaptureIdScanner
  readonly #line: LineCursor
  readonly #endpoints: EndpointScanner
  readonly #payloads: PayloadReader
  /** `…","numHdrs":N` as it stood in a line, and the chain that it is. */
  readonly #chainTexts: (Literal | undefined)[] = new Array(CHAINS)
  readonly #chains = new Uint16Array(CHAINS)
  /** Those of the line before, unless the text is very long. */
  #lastChain: Literal | undefined
  #lastNumber = 0

  constructor(line: LineCursor, captures: CaptureList, payloads: PayloadReader) {
    this.#line = line
    this.#endpoints = new EndpointScanner(line)
    this.captureId = new CaptureIdScanner(line, captures)
    this.#payloads = payloads
  }

  /** Whether the line from `from` to `to` was read; if not, fields of the row may hold anything. */
  scan(store: RowStore, row: number, from: number, to: number): boolean {
    const line = this.#line
    line.at = from
    return (
      line.literal(START) &&
      this.#scanFrame(store, row) &&
      this.#scanPacket(store, row) &&
      this.#scanEnd(store, row, to)
    )
  }

  #scanFrame({ frames, packets }: RowStore, row: number): boolean {
    const line = this.#line
    if (!this.captureId.scan() || !line.literal(PKT_NO)) return false
    const pktNo = line.uint(MAX)
    const filePktNo = line.literal(FILE_PKT_NO) ? line.uint(MAX) : pktNo
    if (pktNo < 0 || filePktNo < 0 || !line.literal(TIME) || !line.time() || !line.literal(CAP_LEN))
      return false
    this.pktNoBase = pktNo - filePktNo
    frames.pktNo[row] = pktNo
    frames.sec[row] = line.sec
    frames.nsec[row] = line.nsec
    frames.digits[row] = line.digits
    const capLen = line.uint(MAX_U32)
    if (capLen < 0 || !line.literal(WIRE_LEN)) return false
    const wireLen = line.uint(MAX_U32)
    if (wireLen < 0 || !line.literal(HDR_DESC)) return false
    frames.capLen[row] = capLen
    frames.wireLen[row] = wireLen
    const chain = this.#scanChain()
    packets.chain[row] = chain
    return chain >= 0
  }

  #scanChain(): number {
    const line = this.#line
    const from = line.at
    const last = this.#lastChain
    if (last?.standsAt(line.view, from) && line.bytes[from + last.length] === COMMA) {
      line.at = from + last.length
      return this.#lastNumber
    }
    const end = line.plainTextEnd()
    line.at = end
    if (end < 0 || !line.literal(NUM_HDRS)) return -1
    const depth = line.uint(MAX_U32)
    if (depth < 0) return -1
    const { bytes, at } = line
    const place =
      (31 * (end - from) + 17 * bytes[end - 1]! + 7 * bytes[end - 3]! + bytes[end - 6]! + (depth & 0xff)) %
      CHAINS
    let known = this.#chainTexts[place]
    if (known?.length !== at - from || !known.standsAt(line.view, from)) {
      known = new Literal(bytes.subarray(from, at))
      this.#chainTexts[place] = known
      this.#chains[place] = intern(bytes.toString('latin1', from, end), depth)
    }
    this.#lastChain = known.length > SLACK ? undefined : known
    this.#lastNumber = this.#chains[place]!
    return this.#lastNumber
  }

  #scanPacket({ packets }: RowStore, row: number): boolean {
    const line = this.#line
    if (line.literal(TUNNEL_ID)) {
      const id = line.uint(MAX_U32)
      if (id < 0) return false
      packets.tunnelId[row] = id
    }
    if (!this.#endpoints.scanLink(packets, row) || !this.#endpoints.scanEthType(packets, row)) return false
    if (!this.#endpoints.scanAddresses(packets, row)) return false
    if (line.literal(IP_ID)) {
      const id = line.uint(0xffff)
      if (id < 0) return false
      packets.ipId[row] = id
    }
    if (line.literal(ICMP_TYPE)) {
      const type = line.uint(255)
      if (type < 0 || !line.literal(ICMP_CODE)) return false
      const code = line.uint(255)
      if (code < 0) return false
      packets.icmp[row] = (type << 8) | code
    }
    if (line.literal(TCP_SEQ)) {
      const seq = line.uint(MAX_U32)
      if (seq < 0 || !line.literal(TCP_ACK)) return false
      const ack = line.uint(MAX_U32)
      if (ack < 0 || !line.literal(TCP_FLAGS)) return false
      const flags = line.hex(4)
      if (flags < 0 || !line.literal(TCP_WIN)) return false
      const win = line.uint(0xffff)
      if (win < 0) return false
      packets.tcpSeq[row] = seq
      packets.tcpAck[row] = ack
      packets.tcpFlags[row] = flags
      packets.tcpWin[row] = win
      // few packets have more, and one look spares the others four
      if (!line.literal(L7_LEN) && !(this.#scanExtra(packets, row) && line.literal(L7_LEN))) return false
    } else if (!line.literal(L7_LEN)) return false
    const l7Len = line.uint(MAX_U32)
    if (l7Len < 0 || !line.literal(SNAP_L7_LEN)) return false
    const payLen = line.uint(MAX_U32)
    if (payLen < 0 || !line.literal(PKT_STAT)) return false
    packets.l7Len[row] = l7Len
    packets.payLen[row] = payLen
    const high = line.hex(8)
    const low = line.hex(8)
    packets.statHi[row] = high
    packets.statLo[row] = low
    return low >= 0 && line.byte(QUOTE)
  }

  /** The members that say more of TCP than the fixed header; any of them may be missing. */
  #scanExtra(packets: RowStore['packets'], row: number): boolean {
    const line = this.#line
    if (line.literal(TCP_URG)) {
      const urg = line.uint(0xffff)
      if (urg < 0) return false
      packets.tcpUrg[row] = urg
    }
    if (line.literal(TCP_TS_VAL)) {
      const tsVal = line.uint(MAX_U32)
      if (tsVal < 0) return false
      packets.tcpTsVal[row] = tsVal
      packets.tcpExtra[row]! |= TCP_TSVAL
    }
    if (line.literal(L4_CHK_OK)) packets.tcpExtra[row]! |= TCP_CHECKSUM_OK
    else if (line.literal(L4_CHK_BAD)) packets.tcpExtra[row]! |= TCP_CHECKSUM_BAD
    else if (line.literal(L4_CHK_PART)) packets.tcpExtra[row]! |= TCP_CHECKSUM_PART
    return true
  }

  #scanEnd(store: RowStore, row: number, to: number): boolean {
    const line = this.#line
    this.tagged = line.literal(FLOW_IND)
    if (this.tagged && !this.#scanTags(store, row)) return false
    this.withStat = line.literal(PLD_STAT)
    if (this.withStat) {
      const stat = line.hex(2)
      if (stat < 0 || !line.byte(QUOTE)) return false
      store.pldStat[row] = stat
    }
    store.lines.splice[row] = line.at
    return this.#payloads.scan(line, store.packets, row, to)
  }

  #scanTags({ frames, tags }: RowStore, row: number): boolean {
    const line = this.#line
    const sec = frames.sec[row]!
    const nsec = frames.nsec[row]!
    const flowInd = line.uint(MAX)
    if (flowInd < 0 || !line.literal(DIR)) return false
    const dir = line.bytes[line.at++]! - 0x41
    if ((dir !== 0 && dir !== 1) || !line.literal(FLOW_STAT)) return false
    tags.flowInd[row] = flowInd
    tags.dir[row] = dir
    const high = line.hex(8)
    const low = line.hex(8)
    if (high < 0 || low < 0 || !line.literal(PKT_IAT) || !line.duration()) return false
    tags.statHi[row] = high
    tags.statLo[row] = low
    tags.prevSec[row] = secBefore(sec, nsec, line)
    tags.prevNsec[row] = nsecBefore(nsec, line)
    if (!line.literal(PKT_TRIP) || !line.duration()) return false
    tags.oppSec[row] = secBefore(sec, nsec, line)
    tags.oppNsec[row] = nsecBefore(nsec, line)
    if (!line.literal(FLOW_DURATION) || !line.duration()) return false
    tags.firstSec[row] = secBefore(sec, nsec, line)
    tags.firstNsec[row] = nsecBefore(nsec, line)
    return line.byte(QUOTE)
  }
}
