import { protocolTest } from './gen-protocol.ts'
import { ETHER, type Layout } from './layout.ts'
import { basesOf, computeOf, keyOf } from './operands.ts'
import { refuse } from './refuse.ts'
import type { Arithmetic, Operator } from './syntax.ts'
import {
  type Base,
  behind,
  both,
  bytesAre,
  type Compute,
  type Operand,
  type Place,
  type Test,
} from './tests.ts'

/** A number of an expression: how it is worked out, and what has to be so that it has a meaning. */
export interface Value {
  /** Set where it is the same for all frames. */
  constant: number | undefined
  /** Set where it is no more than bytes of the frame and a mask. */
  operand: Operand
  checks: readonly Test[]
}

/** Where headers begin that `[…]` can look into, and whether they lie behind IPv4 or IPv6. */
const NETWORK_HEADERS = [
  'ip',
  'ip6',
  'arp',
  'rarp',
  'atalk',
  'aarp',
  'decnet',
  'lat',
  'sca',
  'mopdl',
  'moprc',
]
const BEHIND_IPV4 = ['tcp', 'udp', 'sctp', 'icmp', 'igmp', 'igrp', 'pim', 'vrrp', 'carp']
const IPV6_HEADER = 40
const ICMP6 = 58

/** What an arithmetic expression is worth. */
export function worth(layout: Layout, of: Arithmetic): Value {
  switch (of.kind) {
    case 'constant':
      return constant(of.value)
    case 'length':
      return computed('len', [], frame => frame.wireLen, [])
    case 'negative': {
      const inner = worth(layout, of.of)
      if (inner.constant !== undefined) return constant(-inner.constant >>> 0)
      const compute = computeOf(inner.operand)
      return derived(`-(${keyOf(inner.operand)})`, inner, inner, frame => {
        const value = compute(frame)
        return value < 0 ? value : -value >>> 0
      })
    }
    case 'operation':
      return operationValue(of.operator, worth(layout, of.left), worth(layout, of.right))
    default:
      return bytesValue(layout, of)
  }
}

function operationValue(operator: Operator, left: Value, right: Value): Value {
  const work = OPERATIONS[operator]
  if (left.constant !== undefined && right.constant !== undefined) {
    const result = work(left.constant, right.constant)
    if (result >= 0) return constant(result)
  }
  const { operand } = left
  // what comes to 0 whatever the other operand is: its bytes need not have been captured
  if (left.constant === 0 && right.constant === undefined && '* / % & << >>'.split(' ').includes(operator))
    return constant(0)
  if (operator === '*' && right.constant === 0) return { ...constant(0), checks: left.checks }
  if (operator === '&' && right.constant !== undefined && operand.kind === 'load') {
    const mask = (operand.mask & right.constant) >>> 0
    return mask === 0 ? { ...constant(0), checks: left.checks } : { ...left, operand: { ...operand, mask } }
  }
  const a = computeOf(left.operand)
  const b = computeOf(right.operand)
  return derived(`(${keyOf(operand)}${operator}${keyOf(right.operand)})`, left, right, frame => {
    const first = a(frame)
    if (first < 0) return first
    const second = b(frame)
    return second < 0 ? second : work(first, second)
  })
}

/** On unsigned 32-bit numbers; division by zero rejects the frame. */
const OPERATIONS: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => (a + b) >>> 0,
  '-': (a, b) => (a - b) >>> 0,
  '*': (a, b) => Math.imul(a, b) >>> 0,
  '/': (a, b) => (b === 0 ? -1 : Math.floor(a / b)),
  '%': (a, b) => (b === 0 ? -1 : a % b),
  '&': (a, b) => (a & b) >>> 0,
  '|': (a, b) => (a | b) >>> 0,
  '^': (a, b) => (a ^ b) >>> 0,
  '<<': (a, b) => (b > 31 ? 0 : (a << b) >>> 0),
  '>>': (a, b) => (b > 31 ? 0 : a >>> b),
}

/** `tcp[13]`: the bytes, and the checks that this header is there. */
function bytesValue(
  layout: Layout,
  { at, protocol, index, size }: Extract<Arithmetic, { kind: 'bytes' }>,
): Value {
  const { network, link } = layout
  const inner = worth(layout, index)
  const checks = [...inner.checks]
  if (protocol === 'link') return loadValue(link, undefined, inner, size, checks)
  if (NETWORK_HEADERS.includes(protocol))
    return loadValue(network, undefined, inner, size, [...checks, protocolTest(layout, protocol, at)])
  if (protocol === 'icmp6') {
    checks.push(both(layout.carries(ETHER.ip6), bytesAre(behind(network, 6), 1, ICMP6)))
    return loadValue(behind(network, IPV6_HEADER), undefined, inner, size, checks)
  }
  if (!BEHIND_IPV4.includes(protocol)) return refuse(at, `${protocol}[…] cannot be looked into`)
  const first = bytesAre(behind(network, 6), 2, 0, 0x1fff)
  checks.unshift(layout.carries(ETHER.ip))
  checks.push(protocolTest(layout, protocol, at), first)
  return loadValue(network, network, inner, size, checks)
}

function loadValue(
  from: Place,
  header: Place | undefined,
  index: Value,
  size: number,
  checks: Test[],
): Value {
  if (index.constant !== undefined) {
    // in 32 bits, so that ip[-2:2] lies in front of the IP header
    const offset = (from.offset + index.constant) >>> 0
    return {
      constant: undefined,
      operand: { kind: 'load', from: { base: from.base, offset }, size, mask: 0xffff_ffff, header },
      checks,
    }
  }
  const compute = computeOf(index.operand)
  const bases = [...basesOf(index.operand), from.base]
  return computed(
    `${from.base}${from.offset}${header === undefined ? '' : 'x'}[${keyOf(index.operand)}:${size}]`,
    bases,
    frame => {
      const by = compute(frame)
      if (by < 0) return by
      const length = header === undefined ? 0 : frame.headerLength(header)
      if (length < 0) return length
      return frame.load(frame.baseOf(from.base) + from.offset + ((by + length) >>> 0), size)
    },
    checks,
  )
}

function constant(value: number): Value {
  return { ...computed(String(value), [], () => value, []), constant: value }
}

function computed(key: string, bases: readonly Base[], compute: Compute, checks: readonly Test[]): Value {
  return { constant: undefined, operand: { kind: 'computed', key, compute, bases }, checks }
}

function derived(key: string, left: Value, right: Value, compute: Compute): Value {
  // as in tcpdump, of an operation only the first operand's header is asked for
  return computed(key, [...basesOf(left.operand), ...basesOf(right.operand)], compute, left.checks)
}
