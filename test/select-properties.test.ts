import fc from 'fast-check'
import t from 'tap'
import { compareDecimals, ExactSum, parseDecimal } from '../lib/select/decimal.ts'
import { addressTest } from '../lib/select/networks.ts'
import { numberList } from '../lib/select/number-list.ts'
import { selectFrom } from './support/select-run.ts'

/** An expression, and what it means, said in plain JavaScript. */
interface Pair {
  text: string
  holds(record: Record<string, unknown>): boolean
}

const NAMES = ['a', 'bb', 'srcPort', 'payload', 'type']
const name = fc.constantFrom(...NAMES)
const word = fc.constantFrom('', 'x', 'TCP', 'é', 'a"b', '\\', 'eth:ipv4', '\u0001', '{"a":1}', '\n')
const number = fc.oneof(fc.integer({ min: -3, max: 70_000 }), fc.constantFrom(0.5, -1.25, 1e21, 2 ** 53))

/** The entries of a list, or the one value. */
const each = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

const OPERATORS: Record<string, (a: number, b: number) => boolean> = {
  '==': (a, b) => a === b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
}

const numeric: fc.Arbitrary<Pair> = fc
  .tuple(name, fc.constantFrom(...Object.keys(OPERATORS)), fc.integer({ min: 0, max: 70_000 }))
  .map(([field, operator, value]) => ({
    text: `${field} ${operator} ${value}`,
    holds: record =>
      // true and false count as 1 and 0
      each(record[field]).some(
        one => /number|boolean/.test(typeof one) && OPERATORS[operator]!(Number(one), value),
      ),
  }))

const textual: fc.Arbitrary<Pair> = fc.tuple(name, word, fc.boolean()).map(([field, value, not]) => ({
  text: `$${field} ${not ? '!=' : '=='} ${JSON.stringify(value)}`,
  holds: record => each(record[field]).some(one => one === value) !== not,
}))

const containing: fc.Arbitrary<Pair> = fc.tuple(name, word).map(([field, value]) => ({
  text: `contains(${field}, ${JSON.stringify(value)})`,
  holds: record =>
    each(record[field]).some(one => one !== undefined && one !== null && written(one).includes(value)),
}))

const written = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(withoutNull(value)) : String(value)
const withoutNull = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one: unknown) => (Array.isArray(one) ? one : (one ?? undefined))))

const present: fc.Arbitrary<Pair> = name.map(field => ({
  text: `has(${field})`,
  holds: record => record[field] !== undefined && record[field] !== null,
}))

const { expression } = fc.letrec<{ expression: Pair }>(tie => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    numeric,
    textual,
    containing,
    present,
    tie('expression').map(({ text, holds }) => ({
      text: `!(${text})`,
      holds: (record: Record<string, unknown>) => !holds(record),
    })),
    fc.tuple(tie('expression'), tie('expression')).map(([left, right]) => ({
      text: `(${left.text} && ${right.text})`,
      holds: (record: Record<string, unknown>) => left.holds(record) && right.holds(record),
    })),
    fc.tuple(tie('expression'), tie('expression')).map(([left, right]) => ({
      text: `(${left.text} || ${right.text})`,
      holds: (record: Record<string, unknown>) => left.holds(record) || right.holds(record),
    })),
  ),
}))

const scalar = fc.oneof(number, word, fc.boolean(), fc.constant(null))
const record = fc.dictionary(
  fc.constantFrom(...NAMES, 'other', 'é"', 'constructor'),
  fc.oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(fc.oneof(number, word)) },
    {
      weight: 1,
      arbitrary: fc.record({ a: scalar, deep: fc.array(fc.record({ srcPort: scalar })) }),
    },
  ),
)

/** A record as somebody might write it. */
const spelled = fc.tuple(record, fc.constantFrom('compact', 'spaced', 'escaped')).map(([value, spelling]) => {
  const compact = JSON.stringify(value)
  if (spelling === 'spaced') return ` ${JSON.stringify(value, null, 1).replaceAll('\n', ' ')}\t`
  const escaped = compact.replaceAll('a', '\\u0061').replaceAll('é', '\\u00e9')
  return spelling === 'escaped' && !/true|false|null/.test(compact) ? escaped : compact
})

t.test('selects the lines that JSON.parse and plain JavaScript select, as they are', async t => {
  fc.assert(
    fc.property(expression, fc.array(spelled), fc.integer({ min: 1, max: 90 }), (pair, lines, size) => {
      // what `type` says of records of the run is tested elsewhere
      const wanted = lines.filter(line => pair.holds(JSON.parse(line) as Record<string, unknown>))
      const { out, complaints } = selectFrom(
        [lines.map(line => `${line}\n`).join('')],
        { expression: pair.text, only: true },
        size,
      )
      if (complaints.length > 0) throw new Error(complaints[0])
      return out === wanted.map(line => `${line}\n`).join('')
    }),
    { numRuns: 1500 },
  )
  t.pass()
})

t.test('takes what JSON.parse takes as an object, and nothing else', async t => {
  const bytes = fc.array(fc.constantFrom(...'{}[]":,\\ \t019-.eEtrufalsn"a{"'.split('')), { maxLength: 24 })
  const object = (line: string): boolean => {
    try {
      const value: unknown = JSON.parse(line)
      return typeof value === 'object' && value !== null && !Array.isArray(value)
    } catch {
      return false
    }
  }
  const broken = fc
    .tuple(spelled, fc.nat(), fc.constantFrom('', '"', '}', ',', '\\', '0'))
    .map(([line, at, text]) => {
      const where = at % (line.length + 1)
      return line.slice(0, where) + text + line.slice(where + 1)
    })
  fc.assert(
    fc.property(
      fc.oneof(
        bytes.map(list => list.join('')),
        broken,
      ),
      line => {
        // the text of a payload is not looked at
        if (line.trim() === '' || line.includes('\n') || line.includes('payload')) return true
        return (
          selectFrom([`{}\n${line}\n`], { expression: 'true' }).complaints.length === (object(line) ? 0 : 1)
        )
      },
    ),
    { numRuns: 3000 },
  )
  t.pass()
})

t.test('sums and orders of decimal numbers are exact', async t => {
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 }))
    .map(([units, scale]) => ({ units, scale, text: textOf(units, scale) }))
  fc.assert(
    fc.property(fc.array(decimal, { minLength: 1 }), list => {
      const sum = new ExactSum()
      for (const { text, units, scale } of list)
        if (scale === 0 && Number.isSafeInteger(Number(units))) sum.addInteger(Number(units))
        else sum.add(parseDecimal(text)!)
      const scale = 12
      const wanted = list.reduce((all, one) => all + one.units * 10n ** BigInt(scale - one.scale), 0n)
      const got = parseDecimal(sum.toString())!
      return got.units * 10n ** BigInt(scale - got.scale) === wanted
    }),
  )
  fc.assert(
    fc.property(decimal, decimal, (a, b) => {
      const difference = a.units * 10n ** BigInt(12 - a.scale) - b.units * 10n ** BigInt(12 - b.scale)
      return compareDecimals(a.text, b.text) === (difference < 0n ? -1 : difference > 0n ? 1 : 0)
    }),
  )
  t.same(parseDecimal('1.5e3'), { units: 1500n, scale: 0 })
  t.same(parseDecimal('15e-1'), { units: 15n, scale: 1 })
})

function textOf(units: bigint, scale: number): string {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return `${units < 0n ? '-' : ''}${text}`
}

t.test('networks hold the addresses that begin as they do', async t => {
  const bit = (address: number[], at: number): number => (address[at >> 3]! >> (7 - (at & 7))) & 1
  const text = (address: number[]): string =>
    address.length === 4
      ? address.join('.')
      : Array.from({ length: 8 }, (_, at) =>
          ((address[2 * at]! << 8) | address[2 * at + 1]!).toString(16),
        ).join(':')
  for (const bytes of [4, 16]) {
    const address = fc.array(fc.constantFrom(0, 1, 128, 192, 255), { minLength: bytes, maxLength: bytes })
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 8 * bytes }), (network, one, length) => {
        const inside = Array.from({ length }, (_, at) => at).every(at => bit(network, at) === bit(one, at))
        return addressTest(`${text(network)}/${length}`)!(text(one)) === inside
      }),
    )
  }
  for (const bad of ['', '10.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/x', '1.2.3.4/8/8', 'host'])
    t.equal(addressTest(bad), undefined, bad)
  t.equal(addressTest('10.0.0.0/8')!('::'), false)
})

t.test('lists of numbers', async t => {
  const list = fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(list, fc.nat(120), (ranges, value) => {
      const text = ranges.map(([from, more]) => (more === 0 ? `${from}` : `${from}-${from + more}`)).join(';')
      return numberList(text)!(value) === ranges.some(([from, more]) => value >= from && value <= from + more)
    }),
  )
  for (const bad of ['', 'x', '5-3', '-', '1--2', '1.5']) t.equal(numberList(bad), undefined, bad)
  t.equal(numberList('0x10')!(16), true)
})
