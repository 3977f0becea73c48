import { eachWay } from './gen-address.ts'
import { ETHER, type Layout } from './layout.ts'
import { PORT_NAMES } from './port-names.ts'
import { refuse } from './refuse.ts'
import type { Direction, Expression, Identifier } from './syntax.ts'
import { behind, both, bytesAre, bytesAt, compare, either, type Operand, type Test } from './tests.ts'

type Named = Extract<Expression, { kind: 'identifier' }>

const TRANSPORTS = { tcp: 6, udp: 17, sctp: 132 } as const
type Transport = keyof typeof TRANSPORTS

/** Ports in question, and the transports where that is fixed. */
interface Ports {
  from: number
  to: number
  transports: readonly Transport[]
}

const IPV6_HEADER = 40
const FRAGMENT_OFFSET = 0x1fff

/** `port` and `portrange`: in the first fragments of IPv4, and in IPv6 without extension headers. */
export function portTest(layout: Layout, { at, qualifiers, identifier }: Named): Test {
  const { protocol, direction, type } = qualifiers
  if (protocol !== undefined && !Object.hasOwn(TRANSPORTS, protocol)) refuse(at, `${protocol} has no ${type}`)
  const ports = portsOf(at, type === 'portrange', identifier, protocol as Transport | undefined)
  // the order in which tcpdump asks
  const order = (['sctp', 'tcp', 'udp'] as const).filter(name => ports.transports.includes(name))
  const [first, ...others] = order.map(name => TRANSPORTS[name])
  const any = (test: (transport: number) => Test): Test => either(test(first!), ...others.map(test))
  const { network } = layout
  return either(
    both(
      layout.carries(ETHER.ip6),
      any(transport =>
        both(
          bytesAre(behind(network, 6), 1, transport),
          portsAt(direction, ports, offset => bytesAt(behind(network, IPV6_HEADER + offset), 2)),
        ),
      ),
    ),
    both(
      layout.carries(ETHER.ip),
      any(transport =>
        both(
          bytesAre(behind(network, 9), 1, transport),
          bytesAre(behind(network, 6), 2, 0, FRAGMENT_OFFSET),
          portsAt(direction, ports, offset => bytesAt(behind(network, offset), 2, network)),
        ),
      ),
    ),
  )
}

function portsAt(
  direction: Direction | undefined,
  { from, to }: Ports,
  operand: (offset: number) => Operand,
): Test {
  return eachWay(direction, way => {
    const port = operand(way === 'src' ? 0 : 2)
    if (from === to) return compare(port, 'eq', from)
    return both(compare(port, 'ge', from), { kind: 'not', test: compare(port, 'gt', to) })
  })
}

function portsOf(at: number, range: boolean, identifier: Identifier, protocol: Transport | undefined): Ports {
  if (identifier.kind === 'number') {
    const port = portNumber(at, identifier.value)
    return { from: port, to: port, transports: transportsOf(protocol) }
  }
  if (identifier.kind !== 'name') return refuse(at, 'port and portrange take numbers and names of services')
  const { text } = identifier
  const [, first, last] = (range && /^(\d+)-(\d+)$/.exec(text)) || []
  if (range && first === undefined) refuse(at, `${text} is no range of ports such as 6000-6008`)
  if (first === undefined || last === undefined) return named(at, text, protocol)
  const [from, to] = [first, last].map(port => portNumber(at, Number(port))) as [number, number]
  return { from: Math.min(from, to), to: Math.max(from, to), transports: transportsOf(protocol) }
}

/** A service by its name: over the one transport that it is known over; with more than one the name is but a number. */
function named(at: number, text: string, protocol: Transport | undefined): Ports {
  const service = PORT_NAMES.get(text)
  if (service === undefined) return refuse(at, `${text} is no service that is known here; give its number`)
  const { port } = service
  const transports: readonly Transport[] = service.transports
  if (protocol !== undefined && transports.length === 1 && !transports.includes(protocol))
    refuse(at, `${text} is a service over ${transports.join(' and ')}, not ${protocol}`)
  const all = protocol !== undefined || transports.length > 1 ? transportsOf(protocol) : transports
  return { from: port, to: port, transports: all }
}

function transportsOf(protocol: Transport | undefined): readonly Transport[] {
  return protocol === undefined ? ['sctp', 'tcp', 'udp'] : [protocol]
}

function portNumber(at: number, port: number): number {
  return port <= 0xffff ? port : refuse(at, `${port} is no port; the last one is 65535`)
}
