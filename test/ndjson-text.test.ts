import assert from 'node:assert/strict'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { putDuration, putHex, putInt, putTime } from '../lib/ascii.ts'
import { ipv4Text, ipv6Text, macText } from '../lib/ip-text.ts'
import { base64Length, decodeBase64, decodeText, putBase64 } from '../lib/ndjson/base64.ts'
import { memberSpans, nameOf, skipSpace, skipValue, splicePoint } from '../lib/ndjson/json-spans.ts'
import { LineCursor } from '../lib/ndjson/line-cursor.ts'
import { literal } from '../lib/ndjson/literal.ts'
import { IPv6Texts, putIPv4, putMac } from '../lib/put-address.ts'
import { durationText, timeText } from '../lib/time-text.ts'

/** Holds a property to be true; its assertions throw, so that fast-check can look for the smallest case. */
function holds<T>(t: Test, arbitrary: fc.Arbitrary<T>, check: (value: T) => void): void {
  t.doesNotThrow(() => fc.assert(fc.property(arbitrary, check), { numRuns: 500 }))
  t.end()
}

/** What a function puts into a buffer, whose other bytes it has to leave alone. */
function put(write: (out: Buffer, at: number) => number): string {
  const out = Buffer.alloc(2000, '#')
  const end = write(out, 3)
  assert.equal(out.toString('latin1', 0, 3), '###')
  assert.equal(out[end], 0x23)
  return out.toString('latin1', 3, end)
}

/** A cursor at the start of a text that is a line. */
function cursorAt(text: string): LineCursor {
  const cursor = new LineCursor()
  cursor.start(Buffer.from(`${text}\n${' '.repeat(64)}`))
  return cursor
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const word = fc.oneof(u32, fc.constantFrom(0, 1, 0xffff, 0x1_0000))
const sec = fc.oneof(fc.nat(), fc.integer({ min: -5, max: 5 }), fc.constantFrom(2 ** 40, 2 ** 53, 1e20))
const nsec = fc.oneof(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom(0, 999, 999_999_999))
const digits = fc.constantFrom(6, 9)

t.test('whole numbers', t => {
  const edges = [0, 9, 10, 99, 1e9 - 1, 1e9, 2 ** 31, 2 ** 32, 1e18, 1e21, -0, -1, -1e9, -(2 ** 53)]
  holds(t, fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges)), value => {
    assert.equal(
      put((out, at) => putInt(out, at, value)),
      String(value),
    )
  })
})

t.test('masks', t => {
  holds(t, u32, value => {
    assert.equal(
      put((out, at) => putHex(out, at, value, 8)),
      value.toString(16).padStart(8, '0'),
    )
  })
})

t.test('times and lengths of time', t => {
  holds(t, fc.tuple(sec, nsec, sec, nsec, digits), ([s, n, s2, n2, d]) => {
    assert.equal(
      put((out, at) => putTime(out, at, s, n, d)),
      timeText(s, n, d),
    )
    assert.equal(
      put((out, at) => putDuration(out, at, s, n, s2, n2, d)),
      durationText(s, n, s2, n2, d),
    )
  })
})

t.test('addresses, there and back', t => {
  const texts = new IPv6Texts()
  const words = new Uint32Array(4)
  holds(t, fc.array(word, { minLength: 4, maxLength: 4 }), list => {
    const addr = Uint32Array.from(list)
    const [a, b, c, d] = list as [number, number, number, number]
    const v4 = put((out, at) => putIPv4(out, at, a))
    const v6 = put((out, at) => texts.put(out, at, addr, 0))
    assert.equal(v4, ipv4Text(a))
    assert.equal(v6, ipv6Text(a, b, c, d))
    assert.equal(cursorAt(`${v4}"`).ip(words, 0), 4)
    assert.deepEqual([...words], [a, 0, 0, 0])
    const cursor = cursorAt(`"${v6}"`)
    cursor.at = 1
    assert.equal(cursor.ip(words, 0), 6)
    assert.deepEqual([...words], list)
    for (const which of ['src', 'dst'] as const) {
      const mac = put((out, at) => putMac(out, at, addr, 0, which))
      assert.equal(mac, macText(addr, 0, which))
      const line = cursorAt(mac)
      assert.equal(line.mac(), which === 'src' ? b & 0xffff : a >>> 16)
      assert.equal(line.low, which === 'src' ? c : ((a << 16) | (b >>> 16)) >>> 0)
    }
  })
})

t.test('a cursor refuses what is no value', t => {
  const words = new Uint32Array(4)
  const refusals: [texts: string[], read: (line: LineCursor) => unknown, refusal: unknown][] = [
    [['', 'x', '-1', '256', '99999999999999999999'], line => line.uint(255), -1],
    [['1', '1.', '1.12345', '1.1234567', 'x.123456', '.123456'], line => line.time(), false],
    [
      ['1.2.3', '1.2.3.256', '1.2.3.4.5"', '1.2.3.04"', ':::"', `${'1'.repeat(60)}"`, ''],
      line => line.ip(words, 0),
      0,
    ],
    [['00:11:22:33:44', '00:11:22:33:44:5x', '00-11-22-33-44-55', ''], line => line.mac(), -1],
    [['0x', '123', 'g000'], line => line.hex(4), -1],
    [['abc', 'a\\"', 'ü"', 'a\tb"'], line => line.plainTextEnd(), -1],
    [['abcdX', 'abcXe', ''], line => line.literal(literal('abcde')), false],
    [['abcdefgX'], line => line.literal(literal('abcdefgh')), false],
    [['x'], line => line.byte(0x79), false],
  ]
  for (const [texts, take, refusal] of refusals) {
    for (const text of texts) t.equal(take(cursorAt(text)), refusal, text)
  }
  const line = cursorAt('12345678901234,-5.000001')
  t.equal(line.uint(1e15), 12345678901234)
  t.ok(line.byte(0x2c) && line.duration())
  t.match(line, { negative: true, sec: 5, nsec: 1000, digits: 6 })
  t.end()
})

t.test('base64, there and back', t => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 400 }))
  holds(t, fc.tuple(bytes, fc.boolean(), fc.integer({ min: 0, max: 5 })), ([payload, padded, offset]) => {
    const slab = Buffer.concat([Buffer.alloc(offset), payload])
    const text = put((out, at) => putBase64(out, at, slab, offset, slab.length))
    assert.equal(text, Buffer.from(payload).toString('base64'))
    assert.equal(text.length, base64Length(payload.length))
    const spelled = padded ? text : text.replace(/=+$/, '')
    for (const behind of [false, true]) {
      const room = Buffer.alloc(offset + 2 * text.length)
      room.write(spelled, offset, 'latin1')
      const at = behind ? offset + spelled.length : offset
      assert.ok(decodeBase64(room, offset, offset + spelled.length, at, payload.length))
      assert.deepEqual([...room.subarray(at, at + payload.length)], [...payload])
      assert.equal(decodeText(room, spelled, 0), payload.length)
      assert.deepEqual([...room.subarray(0, payload.length)], [...payload])
    }
  })
})

t.test('base64 with a wrong character, length or padding is refused, and left as it is', t => {
  const wrong = fc.tuple(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.nat(),
    fc.constantFrom('-', '_', '=', ' ', '\n', '\\', '"', 'ü'),
  )
  holds(t, wrong, ([payload, place, char]) => {
    const text = Buffer.from(payload).toString('base64')
    const body = text.replace(/=+$/, '').length
    const at = place % body
    const spelled = `${text.slice(0, at)}${char}${text.slice(at + 1)}`
    const room = Buffer.from(`${spelled}${' '.repeat(10)}`)
    const before = Buffer.from(room)
    const end = Buffer.byteLength(spelled)
    if (char !== '=' || at !== body - 1) {
      assert.equal(decodeBase64(room, 0, end, 0, payload.length), false)
      assert.ok(room.equals(before))
      assert.equal(decodeText(Buffer.alloc(600), spelled, 0), -1)
    }
    const right = Buffer.from(text)
    assert.equal(decodeBase64(right, 0, right.length, 0, payload.length + 1), false)
    assert.equal(right.toString(), text)
  })
})

/** JSON with white space, and texts that are almost JSON. */
const jsonish = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.nat(),
    fc.constantFrom(
      '',
      ' ',
      ',',
      ':',
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      '0',
      '-',
      '.',
      'e',
      'u',
      't',
      '\t',
      '\u0001',
      'null',
    ),
    fc.boolean(),
  )
  .map(([json, place, piece, drop]) => {
    const at = place % (json.length + 1)
    return json.slice(0, at) + piece + json.slice(drop ? at + 1 : at)
  })

t.test('what is JSON is so for us as for JSON.parse', t => {
  const samples = [
    '-',
    '-0',
    '01',
    '1.',
    '.5',
    '1e',
    '1e+',
    '1E-5',
    '"\\u12"',
    '"\\u12g4"',
    '"\\x"',
    '"',
    'tru',
    'nul',
    '[1,]',
    '[',
    '{"a"}',
    '{"a":}',
    '{,}',
    '{"a":1,}',
    '',
  ]
  holds(t, fc.oneof(jsonish, fc.constantFrom(...samples)), text => {
    // bytes behind the text must not matter
    const bytes = Buffer.from(`${text}"]}1`)
    const length = bytes.length - 4
    const end = skipValue(bytes, 0, length)
    let valid = true
    try {
      JSON.parse(text)
    } catch {
      valid = false
    }
    assert.equal(end >= 0 && skipSpace(bytes, end, length) === length, valid)
  })
})

t.test('nesting has a bound, and needs no stack', t => {
  const nested = (pairs: number): Buffer => Buffer.from(`${'[{"a":'.repeat(pairs)}1${'}]'.repeat(pairs)}`)
  const deep = nested(128)
  t.equal(skipValue(deep, 0, deep.length), deep.length)
  t.equal(skipValue(deep, 0, deep.length - 1), -1)
  for (const pairs of [129, 100_000]) t.equal(skipValue(nested(pairs), 0, nested(pairs).length), -1)
  t.end()
})

t.test('members lie where they lie', t => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 6 })
  holds(t, fc.tuple(object, fc.constantFrom('', ' ')), ([value, space]) => {
    const members = Object.entries(value).map(([name, member]) => [
      JSON.stringify(name),
      JSON.stringify(member),
    ])
    const text = ` {${space}${members.map(([name, member]) => `${name}${space}:${space}${member}`).join(`${space},`)}${space}} `
    const bytes = Buffer.from(text)
    const spans = memberSpans(bytes, 0, bytes.length)
    const pieces = spans.map(({ from, to }) => bytes.toString('utf8', from, to))
    assert.deepEqual(
      spans.map(span => nameOf(bytes, span)),
      Object.keys(value),
    )
    assert.deepEqual(JSON.parse(`{${pieces}}`), JSON.parse(text))
    const at = splicePoint(bytes, bytes.length, spans)
    const spliced = Buffer.concat([bytes.subarray(0, at), Buffer.from(',"new member":1'), bytes.subarray(at)])
    const entries = Object.entries(JSON.parse(spliced.toString()) as object)
    assert.deepEqual(
      entries.filter(([name]) => name !== 'new member'),
      Object.entries(JSON.parse(text) as object),
    )
    assert.equal(entries.length, spans.length + 1)
  })
})
