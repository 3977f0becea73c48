import { u32 } from './bytes.ts'

/** What a capture begins with. */
export const PCAP_MICRO = 0xa1b2c3d4
export const PCAP_NANO = 0xa1b23c4d
/** The format of Alexey Kuznetzov's patched libpcap: 24-byte record headers. */
export const PCAP_MODIFIED = 0xa1b2cd34
/** Type of the section header block, the same in both byte orders. */
export const PCAPNG_SECTION = 0x0a0d0d0a
export const PCAPNG_BYTE_ORDER = 0x1a2b3c4d

/** Bytes that tell what an input is. */
export const MAGIC_BYTES = 12

export type Format = 'pcap' | 'pcapng'

/** The format of a capture by its first bytes; undefined if it is none, or if there are too few bytes to tell. */
export function formatOf(bytes: Uint8Array): Format | undefined {
  if (bytes.length < 4) return undefined
  for (const bigEndian of [false, true]) {
    const magic = u32(bytes, 0, bigEndian)
    if (magic === PCAP_MICRO || magic === PCAP_NANO || magic === PCAP_MODIFIED) return 'pcap'
    if (magic !== PCAPNG_SECTION || bytes.length < MAGIC_BYTES) continue
    if (u32(bytes, 8, bigEndian) === PCAPNG_BYTE_ORDER) return 'pcapng'
  }
  return undefined
}

export interface Compression {
  name: string
  /** What undoes it in a shell. */
  tool: string
  magic: readonly number[]
}

export const GZIP: Compression = { name: 'gzip', tool: 'gzip -dc', magic: [0x1f, 0x8b] }

const COMPRESSIONS: readonly Compression[] = [
  GZIP,
  { name: 'zstd', tool: 'zstd -dc', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'lz4', tool: 'lz4 -dc', magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'bzip2', tool: 'bzip2 -dc', magic: [0x42, 0x5a, 0x68] },
  { name: 'xz', tool: 'xz -dc', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
]

/**
 * The compression that the first bytes show; `'more'` if they are the beginning of a magic that is not whole yet. No
 * capture begins as one of these does, so a single byte is enough to tell that there is none.
 */
export function compressionOf(bytes: Uint8Array): Compression | 'more' | undefined {
  if (bytes.length === 0) return 'more'
  for (const compression of COMPRESSIONS) {
    const { magic } = compression
    const length = Math.min(magic.length, bytes.length)
    let same = 0
    while (same < length && bytes[same] === magic[same]) same++
    if (same === magic.length) return compression
    if (same === bytes.length) return 'more'
  }
  return undefined
}
