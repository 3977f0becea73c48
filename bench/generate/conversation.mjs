export const CLIENT = 0
export const SERVER = 1
export const TCP = 6
export const UDP = 17

const ETHERNET = 14

/**
 * @typedef {object} Ends Both ends of a conversation.
 * @property {number} number of the conversation, from 0; ISNs and payload follow from it
 * @property {number} [proto] TCP (default) or UDP
 * @property {boolean} [ipv6] 2001:db8::/32 (RFC 3849) instead of 10/8 and 198.18/15 (RFC 2544)
 * @property {number} [vlan] VLAN identifier, 0 for an untagged frame
 * @property {number} serverHost host part of the server's address
 * @property {number} serverPort
 */

/**
 * The headers of a conversation's two directions, ready to be copied in front of each payload, with the part of
 * the checksums that stays the same.
 */
export class Conversation {
  number = 0
  proto = TCP
  ipv6 = false
  /** Where the network and the transport header start, and where the headers end (bytes, without TCP options). */
  l3 = ETHERNET
  l4 = ETHERNET
  end = ETHERNET
  headers = [Buffer.alloc(80), Buffer.alloc(80)]
  isn = [0, 0]
  ipId = [0, 0]
  ipSum = [0, 0]
  l4Sum = [0, 0]

  /**
   * Starts another conversation in this object. The client's address and port follow from the number, so that no
   * two of a capture share a 5-tuple.
   * @param {Ends} ends
   * @returns {this}
   */
  open({ number, proto = TCP, ipv6 = false, vlan = 0, serverHost, serverPort }) {
    this.number = number
    this.proto = proto
    this.ipv6 = ipv6
    this.l3 = ETHERNET + (vlan ? 4 : 0)
    this.l4 = this.l3 + (ipv6 ? 40 : 20)
    this.end = this.l4 + (proto === TCP ? 20 : 8)
    const hosts = [number % 4096, serverHost]
    const ports = [32_768 + Math.floor(number / 4096), serverPort]
    for (const dir of [CLIENT, SERVER]) {
      const header = /** @type {Buffer} */ (this.headers[dir])
      header.fill(0)
      const from = dir
      const to = 1 - dir
      this.#mac(header, 0, to, Number(hosts[to]))
      this.#mac(header, 6, from, Number(hosts[from]))
      if (vlan) {
        header.writeUInt16BE(0x8100, 12)
        header.writeUInt16BE(vlan, 14)
      }
      header.writeUInt16BE(ipv6 ? 0x86dd : 0x0800, this.l3 - 2)
      if (ipv6) this.#ipv6(header, from, to, hosts)
      else this.#ipv4(header, from, to, hosts)
      header.writeUInt16BE(Number(ports[from]), this.l4)
      header.writeUInt16BE(Number(ports[to]), this.l4 + 2)
      const addresses = this.l3 + (ipv6 ? 8 : 12)
      this.ipSum[dir] = ipv6 ? 0 : words(header, this.l3, this.l4)
      this.l4Sum[dir] = words(header, addresses, this.l4 + 4) + proto
      this.isn[dir] = Math.imul(number * 2 + dir + 1, 0x85ebca6b) >>> 0
      this.ipId[dir] = Math.imul(number + 7 * dir, 40_503) & 0xffff
    }
    return this
  }

  /** @param {Buffer} header @param {number} at @param {number} side @param {number} host */
  #mac(header, at, side, host) {
    header.writeUInt16BE(0x0200 | side, at)
    header.writeUInt32BE(host, at + 2)
  }

  /** @param {Buffer} header @param {number} from @param {number} to @param {number[]} hosts */
  #ipv4(header, from, to, hosts) {
    const at = this.l3
    const bases = [0x0a000001, 0xc6120001]
    header[at] = 0x45
    header.writeUInt16BE(0x4000, at + 6)
    header[at + 8] = 64
    header[at + 9] = this.proto
    header.writeUInt32BE(Number(bases[from]) + Number(hosts[from]), at + 12)
    header.writeUInt32BE(Number(bases[to]) + Number(hosts[to]), at + 16)
  }

  /** @param {Buffer} header @param {number} from @param {number} to @param {number[]} hosts */
  #ipv6(header, from, to, hosts) {
    const at = this.l3
    header[at] = 0x60
    header[at + 6] = this.proto
    header[at + 7] = 64
    for (const [place, side] of [
      [at + 8, from],
      [at + 24, to],
    ]) {
      header.writeUInt32BE(0x20010db8, place)
      header.writeUInt32BE(Number(side), Number(place) + 4)
      header.writeUInt32BE(Number(hosts[Number(side)]) + 1, Number(place) + 12)
    }
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} from
 * @param {number} to
 * @returns {number} sum of the 16-bit words
 */
function words(bytes, from, to) {
  let sum = 0
  for (let at = from; at < to; at += 2) sum += (Number(bytes[at]) << 8) | Number(bytes[at + 1])
  return sum
}
