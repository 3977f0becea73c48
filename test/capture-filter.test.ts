import fc from 'fast-check'
import t from 'tap'
import { PldError } from '../lib/errors.ts'
import { compileFilter } from '../lib/select/capture-filter/frame-filter.ts'
import {
  ACK,
  ethernet,
  FIN,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  ipv6Frag,
  SYN,
  tcp,
  udp,
  vlan,
} from './support/build-packets.ts'
import { mpls, pppoe } from './support/build-tunnels.ts'
import { FILTER_EXPRESSIONS } from './support/filter-expressions.ts'

const A = '10.0.0.1'
const B = '192.168.1.2'
const http = (flags = ACK): Buffer => tcp({ srcPort: 40_000, dstPort: 80, flags }, 'GET /')
const dns = udp({ srcPort: 53, dstPort: 5353 }, 'answer')
const ip = (proto: number, payload: Uint8Array, more: object = {}): Buffer =>
  ipv4({ src: A, dst: B, proto, ...more }, payload)

/** One frame of each kind, by name. */
const FRAMES: Readonly<Record<string, Buffer>> = {
  http: ethernet({ type: 0x0800 }, ip(6, http())),
  syn: ethernet({ type: 0x0800 }, ip(6, http(SYN))),
  options: ethernet({ type: 0x0800 }, ip(6, http(FIN), { options: Buffer.alloc(8, 1) })),
  dns: ethernet({ type: 0x0800 }, ip(17, dns)),
  first: ethernet({ type: 0x0800 }, ip(17, dns, { flags: 1 })),
  later: ethernet({ type: 0x0800 }, ip(17, dns, { offset: 100 })),
  ping: ethernet({ type: 0x0800 }, ip(1, icmp({ type: 8 }, 'ping'))),
  http6: ethernet({ type: 0x86dd }, ipv6({ src: '2001:db8::1', dst: 'fe80::2', next: 6 } as never, http())),
  frag6: ethernet(
    { type: 0x86dd },
    ipv6({ src: '2001:db8::1', dst: 'fe80::2', next: 44 } as never, ipv6Frag({ next: 6 }, http())),
  ),
  ping6: ethernet(
    { type: 0x86dd },
    ipv6({ src: '2001:db8::1', dst: 'fe80::2', next: 58 } as never, icmpv6({ type: 128 } as never, 'ping')),
  ),
  arp: ethernet(
    { type: 0x0806, dst: 'ff:ff:ff:ff:ff:ff' },
    Buffer.from('0001080006040001020000000001c0a80102000000000000' + '0a000001', 'hex'),
  ),
  tagged: ethernet({ type: 0x8100 }, vlan({ vid: 7, pcp: 3, type: 0x0800 }, ip(6, http()))),
  twice: ethernet(
    { type: 0x88a8 },
    vlan({ vid: 7, type: 0x8100 }, vlan({ vid: 8, type: 0x0800 }, ip(6, http()))),
  ),
  label: ethernet({ type: 0x8847 }, mpls([100, 200], ip(6, http()))),
  session: ethernet({ type: 0x8864 }, pppoe({}, Buffer.concat([Buffer.from([0, 0x21]), ip(6, http())]))),
}

function names(expression: string): string {
  const fits = compileFilter(expression).predicate(1)
  return Object.entries(FRAMES)
    .filter(([, bytes]) => {
      // in the middle of other bytes, as in a slab
      const slab = Buffer.concat([Buffer.alloc(5, 0xff), bytes, Buffer.alloc(5, 0xff)])
      return fits(slab, 5, bytes.length, bytes.length)
    })
    .map(([name]) => name)
    .join(' ')
}

t.test('what expressions select', t => {
  const PLAIN = 'http syn options'
  for (const [expression, expected] of Object.entries({
    '': Object.keys(FRAMES).join(' '),
    tcp: `${PLAIN} http6 frag6`,
    'ip and tcp': PLAIN,
    'port 80': `${PLAIN} http6`,
    'src port 80': '',
    'tcp dst port 80 and ip6': 'http6',
    'port 53': 'dns first',
    'port 80 or 53': `${PLAIN} dns first http6`,
    'port (80 or 53) and not ip6': `${PLAIN} dns first`,
    'portrange 79-81': `${PLAIN} http6`,
    'host 10.0.0.1': 'http syn options dns first later ping arp',
    'src and dst net 10': '',
    'dst net 192.168': 'http syn options dns first later ping',
    'net 192.168.1.0/24 and icmp': 'ping',
    'src 192.168.1.2': 'arp',
    'arp host 10.0.0.1': 'arp',
    'host 2001:db8::1': 'http6 frag6 ping6',
    'dst net fe80::/10 and icmp6': 'ping6',
    'ether broadcast': 'arp',
    'ip[6:2] & 0x3fff != 0': 'first later',
    'ip[0] & 0xf != 5': 'options',
    'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0': 'syn options',
    'tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420': PLAIN,
    'icmp[icmptype] = icmp-echo or icmp6[icmp6type] == icmp6-echo': 'ping ping6',
    'ip proto \\udp': 'dns first later',
    vlan: 'tagged twice',
    'vlan 7 and ip': 'tagged',
    'vlan and vlan 8 and port 80': 'twice',
    // the words behind vlan look behind the tag even where the frame has none
    'vlan or ip': 'arp tagged twice',
    'mpls 100 and mpls 200 and dst host 192.168.1.2': 'label',
    'pppoes and tcp port 80': 'session',
    'not ip and not ip6 and not arp': 'tagged twice label session',
    'len < 60 and udp': 'dns first later',
    'arp or tcp and port 80': `${PLAIN} http6`,
  })) {
    t.equal(names(expression), expected, expression || 'the empty expression')
  }
  t.end()
})

t.test('and, or bind alike, and what is left out is inherited', t => {
  for (const [one, other] of [
    ['arp or tcp and port 80', '(arp or tcp) and port 80'],
    ['port 80 or 53', 'port 80 or port 53'],
    ['src host 10.0.0.1 or 192.168.1.2', 'src host 10.0.0.1 or src host 192.168.1.2'],
    ['tcp port 80 and not 443', 'tcp port 80 and not tcp port 443'],
    ['net 10 && ! icmp', 'net 10.0.0.0 mask 255.0.0.0 and not icmp'],
    ['ether proto 0x800', 'ether proto \\ip'],
    ['port 80 or (len > 1000) or 53', 'port 80 or len > 1000 or port 53'],
    ['less 60', 'len <= 60'],
    ['ip[2:2] - 1 % 2 + 1 > 0', 'ip[2:2] - (1 % (2 + 1)) > 0'],
    ['1 | 2 & 3 << 1 + 1 * 2 = 1 | (2 & (3 << (1 + (1 * 2))))', 'len = len'],
  ] as const)
    t.equal(names(one), names(other), `${one}: ${other}`)
  t.end()
})

t.test('bytes that were not captured reject the frame, whatever the expression makes of them', t => {
  const { http, dns } = FRAMES as { http: Buffer; dns: Buffer }
  const fits = (expression: string, frame: Buffer, capLen: number): boolean =>
    compileFilter(expression).predicate(1)(frame, 0, capLen, frame.length)
  t.equal(fits('not port 443', http, 37), false)
  t.equal(fits('not port 443', http, 38), true)
  t.equal(fits('not port 53', dns, 38), false, 'the same where the port would fit')
  t.equal(fits('ip', http, 13), false)
  t.equal(fits('not ip', http, 13), false)
  t.equal(fits('tcp or ip', http, 14), true, 'the protocol does not matter, so it is not asked for')
  t.equal(fits('net 0.0.0.0/0', http, 14), true, 'nor are bits that no mask lets through')
  t.equal(fits('len > 50', http, 0), true)
  t.equal(fits('ether[4000000000] = 0', http, http.length), false)
  t.equal(fits('1 / (ip[6] & 0) = 1 or ip', http, http.length), false, 'nor can be divided by zero')
  t.end()
})

t.test('what is not understood is refused with its place', t => {
  for (const [expression, said] of [
    [
      'host example.org',
      'filter, character 6: example.org is no address; names of hosts and nets are not looked up',
    ],
    ['port 70000', 'filter, character 6: 70000 is no port; the last one is 65535'],
    ['port nosuch', 'filter, character 6: nosuch is no service that is known here; give its number'],
    ['tcp prot 25', 'filter, character 5: and, or, or the end of the expression is missing; found "prot"'],
    ['(tcp', 'filter, character 5: ) is missing to close the bracket; the expression ends here'],
    ['tcp)', 'filter, character 4: and, or, or the end of the expression is missing; found ")"'],
    ['tcp and 80', 'filter, character 9: host, port or another word is missing in front; found "80"'],
    ['net 10.1.1.1/8', 'filter, character 5: 10.1.1.1 has bits behind its mask'],
    ['host 10.0.0.0/8', 'filter, character 6: a mask or prefix goes with net'],
    ['tcp[0:3] = 1', 'filter, character 1: the size of tcp[…] is 1, 2 or 4 bytes'],
    ['ip[2] / 0 = 1', 'filter, character 7: division by zero'],
    ['1 << 32 = 1', 'filter, character 3: a shift by more than 31 bits'],
    ['08 = 1', 'filter, character 1: 08 begins with 0, which means octal, and has other digits'],
    ['4294967296 = 1', 'filter, character 1: 4294967296 does not fit into 32 bits'],
    ['vlan 4096', 'filter, character 1: 4096 is beyond 4095, the greatest there is'],
    [
      'ip proto tcp',
      'filter, character 10: an address, name or number is missing; where tcp is a name, write \\tcp; found "tcp"',
    ],
    [
      'gateway 10.0.0.1',
      'filter, character 1: gateway is not supported: it needs names of hosts, which are not looked up',
    ],
    ['tcp and $', 'filter, character 9: "$" has no meaning here'],
    ['ether host 1:2:3', 'filter, character 12: 1:2:3 is no IPv6 or MAC address'],
    ['udp port http', 'filter, character 10: http is a service over tcp, not udp'],
    [`${'('.repeat(200)}tcp${')'.repeat(200)}`, 'filter, character 102: more than 100 levels of brackets'],
  ] as const)
    t.throws(() => compileFilter(expression), { code: 'ERR_USAGE', message: said }, expression.slice(0, 40))
  const inbound = compileFilter('inbound')
  t.throws(() => inbound.predicate(1), {
    code: 'ERR_USAGE',
    message: 'filter: inbound is not known on link type ETHERNET',
  })
  t.throws(() => compileFilter('tcp').predicate(147), {
    code: 'ERR_USAGE',
    message: 'filter: protocols and addresses cannot be selected on link type 147',
  })
  t.equal(compileFilter('len > 3').predicate(147)(Buffer.alloc(4), 0, 4, 4), true)
  t.end()
})

const WORDS = [
  ...new Set(FILTER_EXPRESSIONS.flatMap(expression => expression.match(/[\w.:-]+|[^\w\s]+/g) ?? [])),
]

/** Any text either compiles, and then answers for any bytes, or is refused as wrong usage. */
function answers(text: string, frame: Uint8Array, capLen: number): boolean {
  try {
    const filter = compileFilter(text)
    for (const linkType of [0, 1, 50, 101, 104, 105, 113, 127, 228, 229, 276, 147])
      try {
        filter.predicate(linkType)(frame, 0, capLen, frame.length)
      } catch (error) {
        if (!(error instanceof PldError)) throw error
      }
  } catch (error) {
    if (!(error instanceof PldError) || error.code !== 'ERR_USAGE' || /\n/.test(error.message)) throw error
  }
  return true
}

t.test('any text is answered', t => {
  const frame = fc.uint8Array({ maxLength: 100 })
  fc.assert(fc.property(fc.string({ maxLength: 60 }), frame, (text, f) => answers(text, f, f.length)))
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 14 }), frame, (words, f) =>
      answers(words.join(' '), f, f.length),
    ),
    { numRuns: 400 },
  )
  fc.assert(
    fc.property(fc.constantFrom(...FILTER_EXPRESSIONS), frame, (text, f) => answers(text, f, f.length)),
    { numRuns: 60 },
  )
  t.equal(answers(Array(5000).fill('host 10.1.2.3').join(' or '), Buffer.alloc(60), 60), true, 'a long list')
  t.end()
})
