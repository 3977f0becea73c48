import { word } from '../header-chains.ts'
import { HI_DTLS } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'

const DTLS_1_0 = word('dtls1.0')
const DTLS_1_2 = word('dtls1.2')

/** Content types from change_cipher_spec to heartbeat (RFC 6347 4.1, RFC 6520 3). */
const FIRST_TYPE = 20
const LAST_TYPE = 24
const HEADER = 13
/** More records in one datagram than this are not named. */
const MAX_RECORDS = 16

/** Names the DTLS records in a datagram's payload at `start`, if it consists of nothing else. */
export function dtls(d: Dissection, start: number): void {
  const { bytes, end } = d
  if (start + HEADER > end || bytes[start]! < FIRST_TYPE || bytes[start]! > LAST_TYPE) return
  let chainEnd = start
  let records = 0
  while (chainEnd + HEADER <= end) {
    if (!isRecord(bytes, chainEnd)) return
    chainEnd += HEADER + ((bytes[chainEnd + 11]! << 8) | bytes[chainEnd + 12]!)
    records++
  }
  if (chainEnd > d.wireEnd || (chainEnd < d.wireEnd && end === d.wireEnd)) return
  d.statHi |= HI_DTLS
  // all records of a datagram are of the version that was agreed on, but for the first few of a handshake
  const name = bytes[start + 2] === 0xff ? DTLS_1_0 : DTLS_1_2
  for (let record = 0; record < records && record < MAX_RECORDS; record++) d.step(name)
}

/** Versions count down from 254.255: 1.0 is 0xfeff, 1.2 is 0xfefd; there was no 1.1. */
function isRecord(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at]!
  const minor = bytes[at + 2]!
  return (
    type >= FIRST_TYPE && type <= LAST_TYPE && bytes[at + 1] === 0xfe && (minor === 0xff || minor === 0xfd)
  )
}
