/** Numbers, addresses and checksums as bytes of a packet. */

export type Payload = Uint8Array | string

export const bytes = (payload: Payload): Buffer => Buffer.from(payload as string)
export const u8 = (value: number): Buffer => Buffer.from([value & 0xff])
export const u16 = (value: number): Buffer => Buffer.from([value >>> 8, value & 0xff])
export const u32 = (value: number): Buffer =>
  Buffer.from([value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff])
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[\s:.]/g, ''), 'hex')
export const join = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts)
/** Zeros behind the data up to a multiple of `unit`. */
export const padded = (data: Uint8Array, unit: number): Buffer =>
  join(data, Buffer.alloc((unit - (data.length % unit)) % unit))

/** The 4 or 16 bytes of an address in text. */
export function ipBytes(text: string): Buffer {
  if (!text.includes(':')) return Buffer.from(text.split('.').map(Number))
  const [left = '', right] = text.split('::')
  const groups = (side: string): number[] =>
    side === '' ? [] : side.split(':').map(g => Number.parseInt(g, 16))
  const head = groups(left)
  const tail = right === undefined ? [] : groups(right)
  const all = [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
  return join(...all.map(u16))
}

/** The Internet checksum of the data (RFC 1071). */
export function checksum(data: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += i % 2 === 0 ? data[i]! << 8 : data[i]!
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** The Castagnoli CRC that SCTP asks for (RFC 9260 appendix A). */
export function crc32c(data: Uint8Array): number {
  let crc = -1
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}
