import { isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import {
  ipText,
  ipv4Text,
  ipv6Full,
  ipv6Text,
  macText,
  parseIPv4,
  parseIPv6,
  parseMac,
} from '../lib/ip-text.ts'

type Words = [number, number, number, number]

const word = fc.oneof(fc.constantFrom(0, 1, 0xffff, 0x1_0000, 0xffff_0000), fc.nat(0xffff_ffff))
const words = fc.tuple(word, word, word, word)

t.test('IPv6 is written in its canonical form', async t => {
  const table: [Words, string][] = [
    [[0, 0, 0, 0], '::'],
    [[0, 0, 0, 1], '::1'],
    [[0, 0, 0, 0xffff], '::ffff'],
    [[0, 0, 0, 0x0102_0304], '::1.2.3.4'],
    [[0, 0, 0xffff, 0x0102_0304], '::ffff:1.2.3.4'],
    [[0, 0, 0x0001_ffff, 0x0102_0304], '::1:ffff:102:304'],
    [[0x2001_0db8, 0, 0, 0], '2001:db8::'],
    [[0x2001_0db8, 0, 0, 0x0002_0001], '2001:db8::2:1'],
    [[0x2001_0db8, 0x0000_0001, 0x0001_0001, 0x0001_0001], '2001:db8:0:1:1:1:1:1'],
    [[0x2001_0db8, 0, 0x0001_0000, 0x0000_0001], '2001:db8::1:0:0:1'],
    [[0x2001_0000, 0x0000_0001, 0, 0x0000_0001], '2001:0:0:1::1'],
    [[0x0000_0001, 0x0001_0001, 0x0001_0001, 0], '0:1:1:1:1:1::'],
    [[0xfe80_abcd, 0x0123_4567, 0x89ab_cdef, 0xffff_ffff], 'fe80:abcd:123:4567:89ab:cdef:ffff:ffff'],
  ]
  for (const [address, text] of table) {
    t.equal(ipv6Text(...address), text)
    t.same(parseIPv6(text), address, `${text} is read back`)
  }
})

t.test('IPv6 is written in full', async t => {
  t.equal(ipv6Full(0x2001_0db8, 0, 0, 1), '2001:0db8:0000:0000:0000:0000:0000:0001')
  t.equal(ipv6Full(0xffff_ffff, 0xabcd_ef01, 0, 0), 'ffff:ffff:abcd:ef01:0000:0000:0000:0000')
})

t.test('what is written is read back, and Node takes it for an address', async t => {
  fc.assert(
    fc.property(words, address => {
      const short = ipv6Text(...address)
      t.ok(isIPv6(short) && !/::.*::/.test(short) && short === short.toLowerCase())
      t.same(parseIPv6(short), address)
      t.same(parseIPv6(ipv6Full(...address).toUpperCase()), address)
      const four = ipv4Text(address[0])
      t.ok(isIPv4(four))
      t.equal(parseIPv4(four), address[0])
    }),
    { numRuns: 300 },
  )
})

t.test('parsers take what Node takes for an address and nothing else', async t => {
  const piece = fc.constantFrom(
    '0',
    '1',
    'ff',
    'abcd',
    '00a',
    '12345',
    ':',
    '::',
    '.',
    '1.2.3.4',
    '256',
    '01',
    'g',
    '%1',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), pieces => {
      const text = pieces.join('')
      t.equal(parseIPv6(text) !== undefined, isIPv6(text) && !text.includes('%'), text)
      t.equal(parseIPv4(text) !== undefined, isIPv4(text), text)
    }),
    { numRuns: 2000 },
  )
  for (const text of [
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '1::2::3',
  ]) {
    t.equal(parseIPv6(text), undefined, `"${text}" is no address`)
  }
  for (const text of [
    '1:2:3:4:5:6:7:1.2.3.4',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
    '12345::',
    '::1%eth0',
    ' ::1',
  ]) {
    t.equal(parseIPv6(text), undefined, `"${text}" is no address`)
  }
  t.same(parseIPv6('1:2:3:4:5:6:1.2.3.4'), [0x1_0002, 0x3_0004, 0x5_0006, 0x0102_0304])
  t.same(parseIPv6('1:2:3:4:5:6:7::'), [0x1_0002, 0x3_0004, 0x5_0006, 0x7_0000], 'a gap of one group')
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1..2.3',
    '.1.2.3',
    '1.2.3.',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4 ',
  ]) {
    t.equal(parseIPv4(text), undefined, `"${text}" is no address`)
  }
})

t.test('addresses are taken out of columns by family', async t => {
  const addr = Uint32Array.of(9, 0x0a00_0001, 0, 0, 5)
  t.equal(ipText(4, addr, 1), '10.0.0.1')
  t.equal(ipText(6, addr, 1), 'a00:1::5')
  t.equal(ipText(0, addr, 1), '')
})

t.test('MAC addresses are taken out of the two at the head of a frame', async t => {
  const frame = Uint32Array.of(7, 0xffff_ffff, 0xfffe_0200, 0x0000_000a)
  t.equal(macText(frame, 1, 'dst'), 'ff:ff:ff:ff:ff:fe')
  t.equal(macText(frame, 1, 'src'), '02:00:00:00:00:0a')
  t.same(parseMac('02:00:00:00:00:0a'), [0x0200, 0x0000_000a])
  t.same(parseMac('FF-FF-FF-FF-FF-FE'), [0xffff, 0xffff_fffe])
  for (const text of [
    '',
    '02:00:00:00:00',
    '02:00:00:00:00:0a:0b',
    '02:00-00:00:00:0a',
    '2:0:0:0:0:a',
    '0g:00:00:00:00:00',
  ]) {
    t.equal(parseMac(text), undefined, `"${text}" is no address`)
  }
})
