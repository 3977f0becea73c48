import type { Argument, FunctionSpec, FunctionTable, Scope } from '../functions.ts'
import { type AddressTest, IPV4, IPV6, MULTICAST, PRIVATE } from '../networks.ts'
import type { Read } from '../row.ts'
import { anyOf } from '../values.ts'
import { addresses } from './arguments.ts'

type Ends = 'src' | 'dst' | 'both'

/** A test of one end, or of either of them. */
function ends(which: Ends, scope: Scope, test: AddressTest): Read {
  const source = which === 'dst' ? undefined : scope.field('srcIP')
  const destination = which === 'src' ? undefined : scope.field('dstIP')
  return row =>
    (source !== undefined && test(source(row))) || (destination !== undefined && test(destination(row)))
}

const host = (which: Ends, help: string): FunctionSpec => ({
  params: 'address…',
  min: 1,
  max: Number.POSITIVE_INFINITY,
  help,
  build: (given, scope) => ends(which, scope, addresses(given, scope)),
})

/** A test of the given value, or of both ends of the record. */
const kind = (test: AddressTest, help: string): FunctionSpec => ({
  params: '[address]',
  min: 0,
  max: 1,
  help,
  build: ([value]: readonly Argument[], scope: Scope) =>
    value === undefined ? ends('both', scope, test) : row => test(value.read(row)),
})

export const ADDRESS_FUNCTIONS: FunctionTable = {
  host: host('both', 'srcIP or dstIP is one of them, or in such a network'),
  shost: host('src', 'srcIP is'),
  dhost: host('dst', 'dstIP is'),
  net: host('both', 'as host()'),
  snet: host('src', 'as shost()'),
  dnet: host('dst', 'as dhost()'),
  ipinnet: {
    params: 'address, network…',
    min: 2,
    max: Number.POSITIVE_INFINITY,
    help: 'the address is in one of the networks',
    build([address, ...rest], scope) {
      const test = addresses(rest, scope)
      return row => anyOf(address!.read(row), test)
    },
  },
  privip: kind(PRIVATE, 'private, or of the local link or host'),
  mcast: kind(MULTICAST, 'multicast'),
  ipv4: kind(IPV4, 'IPv4'),
  ipv6: kind(IPV6, 'IPv6'),
  ip: kind(address => IPV4(address) || IPV6(address), 'IPv4 or IPv6'),
}
