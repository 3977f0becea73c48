/**
 * Builds small databases in MaxMind's format, version 2.0 (https://maxmind.github.io/MaxMind-DB/): a tree of address bits
 * whose leaves point into a section of values, and behind it the metadata.
 */

export interface MmdbOptions {
  ipVersion?: 4 | 6
  recordSize?: 24 | 28 | 32
}

/** Bits of a network from the first on, and the record there. */
export type MmdbEntry = readonly [network: string, record: unknown]

type Node = [left: Node | number | undefined, right: Node | number | undefined]

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')

/** A database of networks as `8.8.8.0/24` or `2001:4860::/32`; in a tree of IPv6, IPv4 lies below `::/96`. */
export function buildMmdb(entries: readonly MmdbEntry[], options: MmdbOptions = {}): Buffer {
  const { ipVersion = 6, recordSize = 24 } = options
  const root: Node = [undefined, undefined]
  const values: Buffer[] = []
  let dataLength = 0
  for (const [network, record] of entries) {
    insert(root, bitsOf(network, ipVersion), dataLength)
    values.push(encoded(record))
    dataLength += values.at(-1)!.length
  }
  const nodes = numbered(root)
  const size = nodes.size
  const numberOf = (child: Node | number | undefined): number => {
    if (child === undefined) return size
    return typeof child === 'number' ? size + 16 + child : nodes.get(child)!
  }
  const tree = [...nodes.keys()].map(([left, right]) => record(numberOf(left), numberOf(right), recordSize))
  const metadata = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'Test',
    description: { en: 'built by a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: size,
    record_size: recordSize,
  }
  return Buffer.concat([...tree, Buffer.alloc(16), ...values, MARKER, encoded(metadata)])
}

function insert(root: Node, bits: readonly number[], value: number): void {
  let node = root
  for (const bit of bits.slice(0, -1)) {
    const child = node[bit]
    if (typeof child === 'number') throw new Error('networks must not lie in each other')
    const next: Node = child ?? [undefined, undefined]
    node[bit] = next
    node = next
  }
  node[bits.at(-1)!] = value
}

function numbered(root: Node): Map<Node, number> {
  const nodes = new Map<Node, number>()
  const visit = (node: Node): void => {
    nodes.set(node, nodes.size)
    for (const child of node) if (Array.isArray(child)) visit(child)
  }
  visit(root)
  return nodes
}

function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const [address, length] = network.split('/') as [string, string]
  const isIPv4 = !address.includes(':')
  const bytes = isIPv4 ? address.split('.').map(Number) : ipv6Bytes(address)
  const bits = bytes.flatMap(byte => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1))
  const prefix = isIPv4 && ipVersion === 6 ? Array.from({ length: 96 }, () => 0) : []
  return [...prefix, ...bits.slice(0, Number(length))]
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail = ''] = address.split('::')
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
  const [before, behind] = [groups(head), groups(tail)]
  const zeros = Array.from({ length: 8 - before.length - behind.length }, () => 0)
  return [...before, ...zeros, ...behind].flatMap(group => [group >> 8, group & 0xff])
}

function record(left: number, right: number, recordSize: number): Buffer {
  const bytes = Buffer.alloc(recordSize / 4)
  if (recordSize === 32) {
    bytes.writeUInt32BE(left, 0)
    bytes.writeUInt32BE(right, 4)
    return bytes
  }
  bytes.writeUIntBE(left & 0xffffff, 0, 3)
  bytes.writeUIntBE(right & 0xffffff, bytes.length - 3, 3)
  // of 28 bits the upper four of both share the byte in the middle
  if (recordSize === 28) bytes[3] = ((left >>> 24) << 4) | (right >>> 24)
  return bytes
}

/** A value of the data section: type and size in the control byte, then the payload. */
function encoded(value: unknown): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encoded)])
  const members = Object.entries(value as object)
  return Buffer.concat([control(7, members.length), ...members.flatMap(pair => pair.map(encoded))])
}

function control(type: number, size: number): Buffer {
  const [first, more] =
    size < 29 ? [size, []] : size < 285 ? [29, [size - 29]] : [30, [(size - 285) >> 8, (size - 285) & 0xff]]
  return Buffer.from(type > 7 ? [first, type - 7, ...more] : [(type << 5) | first, ...more])
}
