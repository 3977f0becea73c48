import { record, text } from './content.mjs'
import { at, HOSTS } from './facts.mjs'
import { Talk } from './talk.mjs'

/** @import { Random } from '../../bench/generate/random.mjs' */

const GREETING = '220 domex ESMTP Postfix\r\n'
const FEATURES = [
  'domex',
  'PIPELINING',
  'SIZE 10485760',
  'VRFY',
  'ETRN',
  'AUTH LOGIN PLAIN CRAM-MD5 GSSAPI',
  'STARTTLS',
  'ENHANCEDSTATUSCODES',
  '8BITMIME',
  'DSN',
]
const REPLY = FEATURES.map((feature, i) => `250${i === FEATURES.length - 1 ? ' ' : '-'}${feature}\r\n`).join(
  '',
)
const HANDSHAKE = 22
const DATA = 23

/** The times of flow 12's first packets, 247 to 255. */
const FLOW_12 = [
  '1258563573.941668',
  '1258563573.941709',
  '1258563573.942161',
  '1258563574.317353',
  '1258563574.319182',
  '1258563574.319211',
  '1258563574.319380',
  '1258563574.319928',
  '1258563574.319950',
].map(at)

/** The first two and the last two times of conversations that the tutorial shows: A, B, A, B. */
const TIMES = new Map(
  [
    [12, '1258563573.941668', '1258563573.941709', '1258563576.594009', '1258563576.594045'],
    [13, '1258565030.304653', '1258565030.304696', '1258565030.420837', '1258565030.420877'],
    [14, '1258565174.919134', '1258565174.919179', '1258565175.037809', '1258565175.037828'],
    [32, '1258583614.298118', '1258583614.298161', '1258583615.323190', '1258583615.323218'],
  ].map(([flow, ...times]) => [flow, times.map(time => at(String(time)))]),
)
const PORTS = new Map([
  [12, 1397],
  [13, 1749],
  [14, 1755],
  [32, 1911],
])
/** The mail that is sent without TLS, so that its file can be read. */
const IN_THE_CLEAR = 28

/** Flows 12 to 32: mail from the desks, most of it behind STARTTLS. @param {Random} random */
export function mails(random) {
  return Array.from({ length: 21 }, (_, i) => mail(random, 12 + i))
}

/** @param {Random} random @param {number} flow */
function mail(random, flow) {
  const desk = flow < 23 ? HOSTS.desk103 : HOSTS.desk102
  const port = PORTS.get(flow) ?? 1760 + 7 * (flow - 14)
  const talk = new Talk({ ...desk, port }, { ...HOSTS.mail, port: 25 }, random)
  talk.open().say('B', GREETING)
  talk
    .say('A', flow < 23 ? 'EHLO m57pat\r\n' : 'EHLO desk102\r\n')
    .ack('B')
    .say('B', REPLY)
  if (flow === IN_THE_CLEAR) inTheClear(talk, random)
  else encrypted(talk, random, flow % 2 ? 0 : 4)
  talk.fin('B').fin('A').ack('B')
  pin(talk, flow === 12 ? FLOW_12 : [], timesOf(random, flow))
  return talk.spread()
}

/** @param {Talk} talk @param {Random} random @param {number} segments of the mail; 0: the client turns away */
function encrypted(talk, random, segments) {
  talk.say('A', 'STARTTLS\r\n').ack('B').say('B', '220 2.0.0 Ready to start TLS\r\n')
  talk.say('A', record(random, HANDSHAKE, random.between(90, 190))).ack('B')
  const certificate = record(random, HANDSHAKE, random.between(1600, 2400))
  talk.say('B', certificate.subarray(0, 1460)).say('B', certificate.subarray(1460)).ack('A')
  talk.say('A', record(random, HANDSHAKE, random.between(140, 210))).ack('B')
  talk.say('B', record(random, HANDSHAKE, random.between(50, 60)))
  if (segments === 0) return
  talk.say('A', record(random, DATA, random.between(110, 190))).ack('B')
  talk.say('B', record(random, DATA, random.between(90, 130)))
  for (let i = 0; i < segments; i++) talk.say('A', record(random, DATA, 1460)).ack('B')
  talk.say('B', record(random, DATA, random.between(50, 80)))
}

/** @param {Talk} talk @param {Random} random */
function inTheClear(talk, random) {
  talk.say('A', 'MAIL FROM:<pat@example.org>\r\n').say('B', '250 2.1.0 Ok\r\n')
  talk.say('A', 'RCPT TO:<kim@example.org>\r\n').say('B', '250 2.1.5 Ok\r\n')
  talk.say('A', 'DATA\r\n').say('B', '354 End data with <CR><LF>.<CR><LF>\r\n')
  talk.say('A', 'From: pat@example.org\r\nTo: kim@example.org\r\nSubject: the list\r\n\r\n').ack('B')
  for (let i = 0; i < 3; i++) talk.say('A', text(random, 1460)).ack('B')
  talk.say('A', '.\r\nQUIT\r\n').say('B', '250 2.0.0 Ok: queued\r\n221 2.0.0 Bye\r\n')
}

/** @param {Random} random @param {number} flow @returns {number[]} */
function timesOf(random, flow) {
  const known = TIMES.get(flow)
  if (known !== undefined) return known
  const start = at('1258565600.000000') + (flow - 15) * 1_010_000_000 + random.between(0, 400_000_000)
  const end = start + random.between(110_000, 3_000_000)
  return [start, start + 43, end, end + 36]
}

/** @param {Talk} talk @param {number[]} beginning @param {number[]} outer */
function pin({ packets }, beginning, [first, second, last, veryLast]) {
  const times = beginning.length > 0 ? beginning : [first, second]
  times.forEach((time, i) => {
    packets[i].time = time
  })
  packets.at(-2).time = last
  packets.at(-1).time = veryLast
}
