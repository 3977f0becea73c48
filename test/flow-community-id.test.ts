import t from 'tap'
import { communityId, tupleId } from '../lib/community-id.ts'
import { FlowCore } from '../lib/flow/flow-core.ts'
import { FlowColumns } from '../lib/flow-columns.ts'
import { packetBatch, type TestPacket } from './support/packet-batch.ts'

/** Big-endian words of an address as text. */
function words(text: string): number[] {
  if (text.includes('.')) {
    return [text.split('.').reduce((word, byte) => word * 256 + Number(byte), 0)]
  }
  const [head = '', tail = ''] = text.split('::')
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
  const [first, last] = [groups(head), groups(tail)]
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last]
  return [0, 2, 4, 6].map(i => all[i]! * 65_536 + all[i + 1]!)
}

/** The specification's published IDs: protocol, ends, ports or ICMP type and code, ID with seed 0 and with seed 1. */
const PUBLISHED: [number, string, string, number, number, string, string][] = [
  [1, '192.168.0.89', '192.168.0.1', 8, 0, 'X0snYXpgwiv9TZtqg64sgzUn6Dk=', '03g6IloqVBdcZlPyX8r0hgoE7kA='],
  [1, '192.168.0.1', '192.168.0.89', 0, 8, 'X0snYXpgwiv9TZtqg64sgzUn6Dk=', '03g6IloqVBdcZlPyX8r0hgoE7kA='],
  [1, '192.168.0.1', '192.168.0.89', 0, 20, 'X0snYXpgwiv9TZtqg64sgzUn6Dk=', '03g6IloqVBdcZlPyX8r0hgoE7kA='],
  [1, '192.168.0.89', '192.168.0.1', 20, 0, '3o2RFccXzUgjl7zDpqmY7yJi8rI=', 'lCXHHxavE1Vq3oX9NH5ladQg02o='],
  [1, '192.168.0.89', '192.168.0.1', 20, 1, 'tz/fHIDUHs19NkixVVoOZywde+I=', 'Ie3wmFyxiEyikbsbcO03d2nh+PM='],
  [1, '10.0.0.1', '10.0.0.2', 11, 0, 'YHxtAirCG//0OzkcVAukqKQN9xM=', 'XjUibYHaafLQ3pxQeiMI8g25q20='],
  [
    6,
    '2001:470:e5bf:dead:4957:2174:e82c:4887',
    '2607:f8b0:400c:c03::1a',
    63943,
    25,
    '/qFaeAR+gFe1KYjMzVDsMv+wgU4=',
    'eJYTW6AOzFLlSUoESovMjnu7rMw=',
  ],
  [
    6,
    '128.232.110.120',
    '66.35.250.204',
    34855,
    80,
    'LQU9qZlK+B5F3KDmev6m5PMibrg=',
    '3V71V58M3Ksw/yuFALMcW0LAHvc=',
  ],
  [6, '10.0.0.1', '10.0.0.2', 10, 11569, 'SXBGMX1lBOwhhoDrZynfROxnhnM=', 'HmBRGR+fUyXF4t8WEtal7Y0gEAo='],
  [17, '192.168.1.52', '8.8.8.8', 54585, 53, 'd/FP5EW3wiY1vCndhwleRRKHowQ=', 'Q9We8WO3piVF8yEQBNJF4uiSVrI='],
  [
    132,
    '192.168.170.8',
    '192.168.170.56',
    7,
    7,
    'MP2EtRCAUIZvTw6MxJHLV7N7JDs=',
    '5w3ZRjeKBzqT3zsaEECDGjUbYeg=',
  ],
  [
    132,
    '192.168.170.8',
    '192.168.170.56',
    7,
    80,
    'jQgCxbku+pNGw8WPbEc/TS/uTpQ=',
    'Y1/0jQg6e+I3ZwZZ9LP65DNbTXU=',
  ],
  [46, '10.1.12.1', '10.1.12.2', 0, 0, 'KHlLkgoJW7ifUTyTSgyVfkFHzKw=', 'rYir8gphR31noO9iDRQmF/BteEI='],
  [46, '10.1.24.4', '10.1.12.1', 0, 0, '/nQI4Rh/TtY3mf0R2gJFBkVlgS4=', 'BK3BVW3U2eemuwVQVN3zd/GULno='],
  [
    58,
    'fe80::200:86ff:fe05:80da',
    'fe80::260:97ff:fe07:69ea',
    135,
    0,
    'dGHyGvjMfljg6Bppwm3bg0LO8TY=',
    'kHa1FhMYIT6Ym2Vm2AOtoOARDzY=',
  ],
  [
    58,
    'fe80::260:97ff:fe07:69ea',
    'fe80::200:86ff:fe05:80da',
    136,
    0,
    'dGHyGvjMfljg6Bppwm3bg0LO8TY=',
    'kHa1FhMYIT6Ym2Vm2AOtoOARDzY=',
  ],
  [
    58,
    'fe80::260:97ff:fe07:69ea',
    'fe80::200:86ff:fe05:80da',
    135,
    0,
    'zavyT/cezQr1fmImYCwYnMXbgck=',
    '2hSqmsDZ2kdcY9kbiUzOEBic0iM=',
  ],
  [
    58,
    '3ffe:501:1800:2345::2',
    '3ffe:507:0:1:200:86ff:fe05:80da',
    3,
    0,
    '2ObVBgIn28oZvibYZhZMBgh7WdQ=',
    'lVEtCZpYu84Xqaa++3lXFyuu2n4=',
  ],
  [
    58,
    '3ffe:501:410:0:2c0:dfff:fe47:33e',
    '3ffe:507:0:1:200:86ff:fe05:80da',
    1,
    4,
    'hLZd0XGWojozrvxqE0dWB1iM6R0=',
    'W8MHwXpWzpoSTD+cGcaJr4u0ys8=',
  ],
  [
    58,
    '3ffe:507:0:1:200:86ff:fe05:80da',
    '3ffe:501:0:1001::2',
    128,
    0,
    '+TW+HtLHvV1xnGhV1lv7XoJrqQg=',
    'GfZxjAkDk2MkegpBYHV6tadtFXQ=',
  ],
  [
    58,
    'fe80::200:86ff:fe05:80da',
    'ff02::2',
    133,
    0,
    'hO+sN4H+MG5MY/8hIrXPqc4ZQz0=',
    'L7Ka0ZMYu+J3bL4ulW2PrqyXNo8=',
  ],
  [
    58,
    'fe80::260:97ff:fe07:69ea',
    'ff02::1',
    134,
    0,
    'pkvHqCL88/tg1k4cPigmZXUtL00=',
    'K/ee5UCqAMAQXDorP5nSa2CGLjc=',
  ],
  [
    58,
    '3ffe:507:0:1:260:97ff:fe07:69ea',
    '3ffe:507:0:1:200:86ff:fe05:80da',
    3,
    0,
    'NdobDX8PQNJbAyfkWxhtL2Pqp5w=',
    'OlOWx9psIbBFi7lOCw/4MhlKR9M=',
  ],
  [
    58,
    '3ffe:507:0:1:200:86ff:fe05:80da',
    '3ffe:507:0:1:260:97ff:fe07:69ea',
    3,
    0,
    '/OGBt9BN1ofenrmSPWYicpij2Vc=',
    'Ij4ZxnC87/MXzhOjvH2vHu7LRmE=',
  ],
]

t.test('the IDs that the specification publishes', async t => {
  for (const [l4Proto, from, to, srcPort, dstPort, id, seeded] of PUBLISHED) {
    const family = from.includes('.') ? 4 : 6
    const tuple = { family, l4Proto, src: words(from), dst: words(to), srcPort, dstPort }
    const what = `${l4Proto} ${from} ${srcPort} -> ${to} ${dstPort}`
    t.equal(tupleId(tuple), `1:${id}`, what)
    t.equal(tupleId(tuple, 1), `1:${seeded}`, `${what}, seed 1`)
    if (l4Proto === 1 || l4Proto === 58) continue
    const other = { family, l4Proto, src: tuple.dst, dst: tuple.src, srcPort: dstPort, dstPort: srcPort }
    t.equal(tupleId(other), `1:${id}`, `${what}, the other direction`)
  }
})

t.test('the IDs of flows', async t => {
  const ids = (...packets: TestPacket[]): (string | undefined)[] => {
    const batch = packetBatch(packets)
    packets.forEach((packet, row) => {
      batch.packets!.icmp[row] = packet.tcpSeq ?? 0
    })
    const core = new FlowCore()
    Array.from(core.take(batch))
    const { flows } = [...core.end()][0] as { flows: FlowColumns }
    return Array.from({ length: flows.count }, (_, row) => communityId(flows, row))
  }
  const tcp: TestPacket = {
    src: words('128.232.110.120'),
    dst: words('66.35.250.204'),
    srcPort: 34855,
    dstPort: 80,
  }
  const answer = { ...tcp, src: tcp.dst!, dst: tcp.src!, srcPort: 80, dstPort: 34855 }
  t.same(ids(tcp, answer), ['1:LQU9qZlK+B5F3KDmev6m5PMibrg=', '1:LQU9qZlK+B5F3KDmev6m5PMibrg='])
  const [one, other] = [words('192.168.0.89'), words('192.168.0.1')]
  const icmp = { l4Proto: 1, srcPort: 0, dstPort: 0, tcpFlags: 0 }
  const ping = { ...icmp, src: one, dst: other, tcpSeq: 0x0800 }
  const pong = { ...icmp, src: other, dst: one, tcpSeq: 0 }
  const echo = '1:X0snYXpgwiv9TZtqg64sgzUn6Dk='
  t.same(ids(ping, pong), [echo, echo], 'both directions of a ping')
  t.same(ids(pong, ping), [echo, echo], 'answered before it was seen')
  const oneWay = '1:tz/fHIDUHs19NkixVVoOZywde+I='
  t.same(
    ids({ ...ping, tcpSeq: 0x1401 }, pong),
    [oneWay, oneWay],
    'an ICMP message without an answer names the flow',
  )
  const nd = { ...icmp, family: 6, l4Proto: 58, ethType: 0x86dd, tcpSeq: 0x8700 }
  const [solicitor, target] = [words('fe80::200:86ff:fe05:80da'), words('fe80::260:97ff:fe07:69ea')]
  t.same(ids({ ...nd, src: solicitor, dst: target }), ['1:dGHyGvjMfljg6Bppwm3bg0LO8TY='])
  const loop = { src: one, dst: one, srcPort: 9, dstPort: 7 }
  t.same(ids(loop), ids({ ...loop, srcPort: 7, dstPort: 9 }), 'to itself, by ports')
  t.match(ids({ ...icmp, l4Proto: 46, src: one, dst: one }), [/^1:[\w+/]{27}=$/], 'to itself, without ports')
  t.equal(communityId(new FlowColumns(1), 0), undefined, 'none without IP')
})
