/**
 * IPv4, IPv6 and MAC addresses as text, from and to big-endian 32-bit words: the first word holds the first four
 * bytes on the wire. Parsers take nothing but the whole text and give undefined for anything else.
 */

const DECIMAL = Array.from({ length: 256 }, (_, byte) => String(byte))
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Dotted decimal. */
export function ipv4Text(word: number): string {
  const high = `${DECIMAL[word >>> 24]!}.${DECIMAL[(word >>> 16) & 0xff]!}`
  return `${high}.${DECIMAL[(word >>> 8) & 0xff]!}.${DECIMAL[word & 0xff]!}`
}

const groups = new Uint16Array(8)

const PADDED = Array.from({ length: 256 }, (_, byte) => String(byte).padStart(3, '0'))

/** An IPv4 address with three digits a byte, as names of files have it, `192.168.001.103`. */
export function paddedIPv4(word: number): string {
  return `${PADDED[word >>> 24]!}.${PADDED[(word >>> 16) & 255]!}.${PADDED[(word >>> 8) & 255]!}.${PADDED[word & 255]!}`
}

/**
 * The canonical form (RFC 5952), as inet_ntop() of the GNU C library writes it: the first longest run of two or more
 * zero groups is `::`, and addresses that embed an IPv4 address (`::ffff:1.2.3.4`, `::1.2.3.4`) show it.
 */
export function ipv6Text(a: number, b: number, c: number, d: number): string {
  split(a, b, c, d)
  let from = -1
  let run = 1
  for (let at = 0; at < 8; ) {
    let end = at
    while (end < 8 && groups[end] === 0) end++
    if (end - at > run) {
      from = at
      run = end - at
    }
    at = end + 1
  }
  if (from === 0 && run === 6) return `::${ipv4Text(d)}`
  if (from === 0 && run === 5 && groups[5] === 0xffff) return `::ffff:${ipv4Text(d)}`
  if (from < 0) return plain(0, 8)
  return `${plain(0, from)}::${plain(from + run, 8)}`
}

/** All eight groups with four digits each. */
export function ipv6Full(a: number, b: number, c: number, d: number): string {
  return `${fullWord(a)}:${fullWord(b)}:${fullWord(c)}:${fullWord(d)}`
}

/** The address of this family (4 or 6) at `at` of a column of words; empty for any other family. */
export function ipText(family: number, addr: Uint32Array, at: number): string {
  if (family === 4) return ipv4Text(addr[at]!)
  return family === 6 ? ipv6Text(addr[at]!, addr[at + 1]!, addr[at + 2]!, addr[at + 3]!) : ''
}

/** One of the two addresses of an Ethernet header, whose 12 bytes (destination first) are the three words at `at`. */
export function macText(mac: Uint32Array, at: number, which: 'src' | 'dst'): string {
  const middle = mac[at + 1]!
  if (which === 'dst') return `${pairs(mac[at]!)}:${HEX[middle >>> 24]!}:${HEX[(middle >>> 16) & 0xff]!}`
  return `${HEX[(middle >>> 8) & 0xff]!}:${HEX[middle & 0xff]!}:${pairs(mac[at + 2]!)}`
}

/** The word of a dotted decimal address; as in inet_pton(), a number has no leading zeros. */
export function parseIPv4(text: string): number | undefined {
  let word = 0
  let dots = 0
  let number = -1
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit === -2) {
      if (number < 0 || ++dots > 3) return undefined
      word = (word << 8) | number
      number = -1
    } else if (digit >= 0 && digit <= 9 && number !== 0) {
      number = number < 0 ? digit : number * 10 + digit
      if (number > 255) return undefined
    } else return undefined
  }
  return dots === 3 && number >= 0 ? ((word << 8) | number) >>> 0 : undefined
}

/** The four words of an address in any form of RFC 4291, section 2.2; no zone, no prefix length. */
export function parseIPv6(text: string): [number, number, number, number] | undefined {
  let head = text
  let tail = ''
  let open = false
  const gap = text.indexOf('::')
  if (gap >= 0) {
    open = true
    head = text.slice(0, gap)
    tail = text.slice(gap + 2)
  }
  groups.fill(0)
  const before = parseGroups(head, 0, !open)
  if (before < 0) return undefined
  if (!open) return before === 8 ? joined() : undefined
  const behind = parseGroups(tail, before, true)
  // `::` stands for one group at least
  if (behind < 0 || behind > 7) return undefined
  groups.copyWithin(8 - (behind - before), before, behind)
  groups.fill(0, before, 8 - (behind - before))
  return joined()
}

/** Upper 16 and lower 32 bits of `02:00:00:00:00:0a`, in either case, with `:` or `-`. */
export function parseMac(text: string): [hi16: number, lo32: number] | undefined {
  if (!/^[\da-f]{2}([:-])[\da-f]{2}(?:\1[\da-f]{2}){4}$/i.test(text)) return undefined
  const digits = text.replace(/[:-]/g, '')
  return [Number.parseInt(digits.slice(0, 4), 16), Number.parseInt(digits.slice(4), 16)]
}

function split(a: number, b: number, c: number, d: number): void {
  groups[0] = a >>> 16
  groups[1] = a
  groups[2] = b >>> 16
  groups[3] = b
  groups[4] = c >>> 16
  groups[5] = c
  groups[6] = d >>> 16
  groups[7] = d
}

function joined(): [number, number, number, number] {
  const word = (at: number): number => ((groups[at]! << 16) | groups[at + 1]!) >>> 0
  return [word(0), word(2), word(4), word(6)]
}

function plain(from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at++)
    text += at === from ? groups[at]!.toString(16) : `:${groups[at]!.toString(16)}`
  return text
}

function fullWord(word: number): string {
  return `${HEX[word >>> 24]!}${HEX[(word >>> 16) & 0xff]!}:${HEX[(word >>> 8) & 0xff]!}${HEX[word & 0xff]!}`
}

function pairs(word: number): string {
  return `${HEX[word >>> 24]!}:${HEX[(word >>> 16) & 0xff]!}:${HEX[(word >>> 8) & 0xff]!}:${HEX[word & 0xff]!}`
}

/** Reads groups into `groups` from index `at` on; gives the index behind the last, or −1 for what is no list of groups. */
function parseGroups(text: string, at: number, last: boolean): number {
  if (text === '') return at
  let next = at
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const word = parseIPv4(part)
      if (word === undefined || next > 6) return -1
      groups[next] = word >>> 16
      groups[next + 1] = word
      return next + 2
    }
    if (next > 7 || !/^[\da-f]{1,4}$/i.test(part)) return -1
    groups[next++] = Number.parseInt(part, 16)
  }
  return next
}
