import { BlockList } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { parseNetwork, prefixMasks } from '../lib/ip-network.ts'
import { ipv4Text, ipv6Text } from '../lib/ip-text.ts'
import { Networks } from '../lib/payload/networks.ts'
import { PayloadChunker, type PayloadOptions } from '../lib/payload/payload-chunker.ts'
import type { TestPacket } from './support/packet-batch.ts'
import { runPayload } from './support/payload-run.ts'

t.test('networks as text', async t => {
  t.same(parseNetwork('10.0.0.0/8'), { family: 4, length: 8, words: [0x0a00_0000] })
  t.same(parseNetwork('192.168.1.1'), { family: 4, length: 32, words: [0xc0a8_0101] })
  t.same(parseNetwork('0.0.0.0/0'), { family: 4, length: 0, words: [0] })
  t.same(parseNetwork('2001:db8::/33'), { family: 6, length: 33, words: [0x2001_0db8, 0, 0, 0] })
  t.same(parseNetwork('::1'), { family: 6, length: 128, words: [0, 0, 0, 1] })
  t.same(parseNetwork('::ffff:1.2.3.4')?.family, 6)
  for (const text of [
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.1/8',
    '10.0.0.0/255.0.0.0',
    '10.0.0',
    '10.0.0.256',
    'fe80::1%eth0',
    '2001:db8::1/64',
    '::/129',
    ' ::1',
    'example.org',
  ]) {
    t.equal(parseNetwork(text), undefined, JSON.stringify(text))
  }
  t.same(prefixMasks(33, 4), [0xffff_ffff, 0x8000_0000, 0, 0])
})

t.test('a set of networks has the addresses that a block list of Node has', async t => {
  const word = fc.oneof(fc.constantFrom(0, 1, 0x0a00_0001, 0x2001_0db8, 0xffff_ffff), fc.nat(0xffff_ffff))
  const address = fc.record({
    family: fc.constantFrom<4 | 6>(4, 6),
    words: fc.array(word, { minLength: 4, maxLength: 4 }),
  })
  const text = (family: number, [a, b, c, d]: readonly number[]): string =>
    family === 4 ? ipv4Text(a!) : ipv6Text(a!, b!, c!, d!)
  const networks = fc.array(
    fc.record({ address, length: fc.oneof(fc.constantFrom(0, 8, 24, 32, 64, 128), fc.nat(128)) }),
    { maxLength: 12 },
  )
  const property = fc.property(networks, fc.array(address, { minLength: 1 }), (networks, asked) => {
    // one for each family: Node takes an IPv4 address for one of IPv6 as well
    const lists = { 4: new BlockList(), 6: new BlockList() }
    const set = new Networks(
      networks.map(({ address: { family, words }, length: bits }) => {
        const length = family === 4 ? Math.min(bits, 32) : bits
        const masks = prefixMasks(length, 4)
        const base = text(
          family,
          words.map((part, at) => (part & masks[at]!) >>> 0),
        )
        lists[family].addSubnet(base, length, family === 4 ? 'ipv4' : 'ipv6')
        return parseNetwork(`${base}/${length}`)!
      }),
    )
    // addresses of the lists themselves, so that some are in
    return [...asked, ...networks.map(({ address }) => address)].every(({ family, words }) => {
      // an IPv4 address in an IPv6 one is IPv6 to us, as it is to a packet
      if (family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff) return true
      const is = lists[family].check(text(family, words), family === 4 ? 'ipv4' : 'ipv6')
      return set.has(family, Uint32Array.from([9, ...words]), 1) === is
    })
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 600 }))
  t.notOk(new Networks([parseNetwork('::/0')!]).has(0, new Uint32Array(8), 0), 'without an address')
})

const CLIENT = [0x0a00_0001]
const SERVER = [0xc0a8_0101]
const V6_CLIENT = [0x2001_0db8, 0, 0, 1]
const V6_SERVER = [0x2001_0db8, 0, 0, 2]

/** SMTP from 10.0.0.1 to 192.168.1.1, DNS over IPv6, ARP, an echo request: flows 1 to 4. */
function talk(): TestPacket[] {
  const there = { src: CLIENT, dst: SERVER, srcPort: 40_000, dstPort: 25 }
  const back = { src: SERVER, dst: CLIENT, srcPort: 25, dstPort: 40_000 }
  const v6 = { family: 6, ethType: 0x86dd, l4Proto: 17, flowInd: 2 }
  return [
    { flowInd: 1, dir: 0, payload: 'MAIL', ...there },
    { flowInd: 1, dir: 1, payload: '250 ', ...back },
    { ...v6, dir: 0, payload: 'what', src: V6_CLIENT, dst: V6_SERVER, srcPort: 5353, dstPort: 53 },
    { ...v6, dir: 1, payload: 'that', src: V6_SERVER, dst: V6_CLIENT, srcPort: 53, dstPort: 5353 },
    { flowInd: 3, dir: 0, family: 0, l4Proto: 0, ethType: 0x0806, payload: 'arp' },
    { flowInd: 4, dir: 0, l4Proto: 1, payload: 'echo', src: CLIENT, dst: SERVER },
  ]
}

for (const [name, options, selected] of [
  ['nothing given', {}, '1A 1B 2A 2B 3A 4A'],
  ['empty lists', { ports: [], hosts: [], srcHosts: [] }, '1A 1B 2A 2B 3A 4A'],
  ['ports of either side, of TCP and UDP', { ports: [25, 53] }, '1A 1B 2A 2B'],
  ['source ports', { srcPorts: [25, 53] }, '1B 2B'],
  ['destination ports', { dstPorts: [25] }, '1A'],
  ['both have to fit', { srcPorts: [40_000], dstPorts: [25] }, '1A'],
  ['both have to fit, and do not', { srcPorts: [25], dstPorts: [25] }, ''],
  ['port 0 is no port of what has none', { ports: [0], srcPorts: [0] }, ''],
  ['hosts of either side', { hosts: ['10.0.0.1'] }, '1A 1B 4A'],
  ['a network', { hosts: ['2001:db8::/32'] }, '2A 2B'],
  ['all of IPv4, and one more', { hosts: ['0.0.0.0/0', '2001:db8:0:0::1'] }, '1A 1B 2A 2B 4A'],
  ['source hosts', { srcHosts: ['192.168.0.0/16', '2001:db8::2'] }, '1B 2B'],
  ['destination hosts', { dstHosts: ['192.168.1.1'] }, '1A 4A'],
  ['hosts and ports', { dstHosts: ['192.168.1.1'], dstPorts: [25] }, '1A'],
  ['with the ports of one protocol', { tcpPorts: [80], dstHosts: ['192.168.1.1'] }, '4A'],
  ['and the protocols', { udp: false, l2: false, icmp: false, hosts: ['::/0', '0.0.0.0/0'] }, '1A 1B'],
] as const) {
  t.test(`selection: ${name}`, async t => {
    const all = { l2: true, icmp: true, ...options } as PayloadOptions
    const { streams, pldStat, summary } = runPayload(talk(), all)
    const found = Object.entries(streams).filter(([, { text }]) => text !== '')
    t.equal(found.map(([flow]) => flow).join(' '), selected)
    t.same(
      Object.entries(streams)
        .filter(([, { end }]) => end.pldStat !== '0x00')
        .map(([flow]) => flow)
        .join(' '),
      selected,
      'pldStat of flows',
    )
    t.equal(pldStat.filter(stat => (stat & 1) !== 0).length, found.length, 'pldStat of packets')
    t.equal(Number(summary.payloadBytes) + Number(summary.notSelectedBytes), 23)
  })
}

t.test('wrong lists are refused', async t => {
  for (const options of [
    { srcPorts: [70_000] },
    { dstPorts: [-1] },
    { hosts: ['10.0.0.1/8'] },
    { srcHosts: ['localhost'] },
    { dstHosts: [''] },
  ]) {
    t.throws(() => new PayloadChunker(options), { code: 'ERR_USAGE' }, JSON.stringify(options))
  }
})

t.test('what a direction has does not depend on whether the other is selected', async t => {
  const packet = fc.record({
    dir: fc.nat(1),
    tcpSeq: fc.nat(300),
    tcpAck: fc.nat(300),
    tcpFlags: fc.constantFrom(0x10, 0x10, 0x10, 0x02, 0x12, 0x11, 0x04),
    payload: fc.string({ unit: 'grapheme-ascii', maxLength: 30 }).map(text => text.replaceAll('.', '-')),
  })
  const limits = fc.record({ maxGap: fc.constantFrom(20, 2 ** 24), overlap: fc.constantFrom('first', 'bsd') })
  const property = fc.property(
    fc.array(packet, { maxLength: 40 }),
    limits,
    fc.nat(1),
    (sent, limits, dir) => {
      // a packet of the direction itself comes first, as from there on its stream is known
      const packets = [{ dir, tcpSeq: 0, tcpAck: 0, tcpFlags: 0x10, payload: 'xy' }, ...sent].map(one => ({
        flowInd: 1,
        ...one,
        src: one.dir === 0 ? CLIENT : SERVER,
        dst: one.dir === 0 ? SERVER : CLIENT,
      }))
      const options = limits as PayloadOptions
      const name = dir === 0 ? '1A' : '1B'
      const both = runPayload(packets, options).streams[name]!
      const one = runPayload(packets, { ...options, srcHosts: [dir === 0 ? '10.0.0.1' : '192.168.1.1'] }, 3)
      const { text, end } = one.streams[name]!
      return text === both.text && JSON.stringify(end) === JSON.stringify(both.end)
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 800 }))
})
