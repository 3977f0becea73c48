/** Bits of `DataChunk.flags` (RFC 9260 section 3.3.1): last fragment, first fragment, unordered. */
export const DATA_END = 0x01
export const DATA_BEGIN = 0x02
export const DATA_UNORDERED = 0x04
const DATA_FLAGS = DATA_END | DATA_BEGIN | DATA_UNORDERED

/** What a DATA or I-DATA chunk says. */
export interface DataChunk {
  tsn: number
  stream: number
  flags: number
  /** Number of the message in its stream: SSN (16 bits) of DATA, MID (32 bits) of I-DATA. */
  message: number
  /** Payload protocol identifier; of an I-DATA chunk only its first fragment has one. */
  ppid: number
  interleaved: boolean
  /** The row that brought it, and where its user data lies in the slab. */
  row: number
  off: number
  /** User data on the wire, and what of it was captured (bytes). */
  length: number
  got: number
}

/** Bytes in front of the user data of DATA (RFC 9260 section 3.3.1) and I-DATA (RFC 8260 section 2.1). */
export const DATA_HEADER = 16
export const I_DATA_HEADER = 20

/** A chunk to be filled again and again, as packets are read. */
export function emptyChunk(): DataChunk {
  return {
    tsn: 0,
    stream: 0,
    flags: 0,
    message: 0,
    ppid: 0,
    interleaved: false,
    row: 0,
    off: 0,
    length: 0,
    got: 0,
  }
}

/**
 * Reads the DATA or I-DATA chunk at `at` in the slab, which is `length` bytes long and of which `captured` are there: at
 * least its header.
 */
export function readData(
  chunk: DataChunk,
  slab: Buffer,
  at: number,
  length: number,
  captured: number,
  interleaved: boolean,
): void {
  const header = interleaved ? I_DATA_HEADER : DATA_HEADER
  chunk.flags = slab[at + 1]! & DATA_FLAGS
  chunk.tsn = slab.readUInt32BE(at + 4)
  chunk.stream = slab.readUInt16BE(at + 8)
  chunk.interleaved = interleaved
  if (interleaved) {
    chunk.message = slab.readUInt32BE(at + 12)
    // in other fragments their number stands there
    chunk.ppid = (chunk.flags & DATA_BEGIN) !== 0 ? slab.readUInt32BE(at + 16) : 0
  } else {
    chunk.message = slab.readUInt16BE(at + 10)
    chunk.ppid = slab.readUInt32BE(at + 12)
  }
  chunk.off = at + header
  chunk.length = length - header
  chunk.got = captured - header
}
