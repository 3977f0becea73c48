import { PldError } from '../errors.ts'
import { parseNetwork } from '../ip-network.ts'
import type { PacketColumns } from '../packet-columns.ts'
import { hasPorts } from '../packet-facts.ts'
import { marks } from './marks.ts'
import { Networks } from './networks.ts'
import type { SelectionOptions } from './selection.ts'

/** Who sent a packet and to whom, as the lists of ports and of networks in the options want it. */
export class Endpoints {
  readonly #ports: Uint8Array | undefined
  readonly #srcPorts: Uint8Array | undefined
  readonly #dstPorts: Uint8Array | undefined
  readonly #hosts: Networks | undefined
  readonly #srcHosts: Networks | undefined
  readonly #dstHosts: Networks | undefined

  constructor(options: SelectionOptions) {
    this.#ports = marks('ports', options.ports)
    this.#srcPorts = marks('srcPorts', options.srcPorts)
    this.#dstPorts = marks('dstPorts', options.dstPorts)
    this.#hosts = networks('hosts', options.hosts)
    this.#srcHosts = networks('srcHosts', options.srcHosts)
    this.#dstHosts = networks('dstHosts', options.dstHosts)
  }

  /** Undefined where no list is given, so that nothing is asked. Throws ERR_USAGE for what is no port or network. */
  static of(options: SelectionOptions): Endpoints | undefined {
    const { ports, srcPorts, dstPorts, hosts, srcHosts, dstHosts } = options
    const lists = [ports, srcPorts, dstPorts, hosts, srcHosts, dstHosts]
    return lists.some(list => list !== undefined && list.length > 0) ? new Endpoints(options) : undefined
  }

  match(packets: PacketColumns, row: number): boolean {
    return this.#match(packets, row, packets.srcPort[row]!, packets.dstPort[row]!, 8 * row, 8 * row + 4)
  }

  /** Whether a packet of the other direction would match. */
  matchTurned(packets: PacketColumns, row: number): boolean {
    return this.#match(packets, row, packets.dstPort[row]!, packets.srcPort[row]!, 8 * row + 4, 8 * row)
  }

  /** What a packet does not have, ports or addresses, fits no list. */
  #match(
    packets: PacketColumns,
    row: number,
    srcPort: number,
    dstPort: number,
    src: number,
    dst: number,
  ): boolean {
    const ports = this.#ports
    const srcPorts = this.#srcPorts
    const dstPorts = this.#dstPorts
    if ((ports ?? srcPorts ?? dstPorts) !== undefined && !hasPorts(packets, row)) return false
    if (ports !== undefined && ports[srcPort] !== 1 && ports[dstPort] !== 1) return false
    if (srcPorts !== undefined && srcPorts[srcPort] !== 1) return false
    if (dstPorts !== undefined && dstPorts[dstPort] !== 1) return false
    const { addr } = packets
    const family = packets.family[row]!
    const hosts = this.#hosts
    if (hosts !== undefined && !hosts.has(family, addr, src) && !hosts.has(family, addr, dst)) return false
    if (this.#srcHosts !== undefined && !this.#srcHosts.has(family, addr, src)) return false
    return this.#dstHosts === undefined || this.#dstHosts.has(family, addr, dst)
  }
}

function networks(name: string, texts: readonly string[] = []): Networks | undefined {
  const list = texts.map(text => {
    const network = parseNetwork(text)
    if (network === undefined)
      throw new PldError('ERR_USAGE', `${name}: ${JSON.stringify(text)} is no address and no network`)
    return network
  })
  return list.length === 0 ? undefined : new Networks(list)
}
