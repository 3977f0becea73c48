import { at, HOSTS, LAST } from './facts.mjs'
import { Talk } from './talk.mjs'

/** @import { Random } from '../../bench/generate/random.mjs' */

const CLIENT = { ...HOSTS.desk105, port: 49_329 }
const SERVER = { ...HOSTS.ftp, port: 21 }
/** Ends of 227's answer: where the client finds the file. */
const DATA_PORT = [251, 78]

/**
 * Flow 35: the client fetches a file. Every line has its time; those from 227 on are printed.
 * @param {Random} random
 */
export function control(random) {
  const talk = new Talk(CLIENT, SERVER, random)
  talk.open()
  talk.packets[0].time = at('1258594162.928342')
  talk.packets[1].time = at('1258594163.008594')
  talk.pin(at('1258594163.008801'))
  /** @type {[string, 'A' | 'B', string][]} */
  const lines = [
    ['1258594163.088012', 'B', '220 Service ready\r\n'],
    ['1258594163.088650', 'A', 'USER anonymous\r\n'],
    ['1258594163.167420', 'B', '331 Any password will do\r\n'],
    ['1258594163.168033', 'A', 'PASS IEUser@\r\n'],
    ['1258594163.247310', 'B', '230 Logged in\r\n'],
    ['1258594163.248127', 'A', 'TYPE I\r\n'],
    ['1258594163.327121', 'B', '200 Type set to I.\r\n'],
    ['1258594163.327845', 'A', 'PASV\r\n'],
    ['1258594163.407582', 'B', `227 Entering Passive Mode (143,166,11,10,${DATA_PORT.join(',')})\r\n`],
    ['1258594163.487490', 'A', 'SIZE /video/R79733.EXE\r\n'],
    ['1258594163.565990', 'B', '213 4255056\r\n'],
    ['1258594163.566694', 'A', 'RETR /video/R79733.EXE\r\n'],
    ['1258594163.644188', 'B', '125 Data connection already open; Transfer starting.\r\n'],
    ['1258594163.838277', 'A', ''],
    ['1258594185.427515', 'B', '226 Transfer complete.\r\n'],
    ['1258594185.618346', 'A', ''],
  ]
  for (const [time, dir, line] of lines) (line === '' ? talk.ack(dir) : talk.say(dir, line)).pin(at(time))
  // This frame directly behind the last command is not filled up with zeros: taken for payload it would show in the file.
  talk.packets.filter(({ dir, payload }) => dir === 'A' && payload.length === 0)[2].padding = 'PADDED'
  return talk
}

/**
 * Flow 37: long after all others are over the server gives up the control connection.
 * @param {Talk} before flow 35
 * @param {Random} random
 */
export function goodbye(before, random) {
  const talk = new Talk(CLIENT, SERVER, random)
  talk.next = { ...before.next }
  talk.expected = { ...before.expected }
  return talk.rst('B').pin(LAST)
}

const SEGMENT = 1460
/** How often the client acknowledges what came; about every second segment. */
const ACKS = 1300
/** The segment that comes a second time behind the one after the next, and the one that is overtaken by the next. */
const REPEATED = 700
const OVERTAKEN = 1900

/**
 * Flow 36: the file. Its packets lie in the places that the control connection's numbers leave: three behind 227's,
 * sixteen between 1286 and 1303, all others before 5898 but for the last two.
 * @param {Random} random
 * @param {Buffer} file
 */
export function download(random, file) {
  const port = DATA_PORT[0] * 256 + DATA_PORT[1]
  const talk = new Talk({ ...HOSTS.desk105, port: 49_330 }, { ...HOSTS.ftp, port }, random)
  const { packets } = talk.open()
  packets[0].time = at('1258594163.408131')
  packets[1].time = at('1258594163.485902')
  packets[2].time = at('1258594163.486240')
  send(talk, file)
  packets[3].time = at('1258594163.644502')
  packets[18].time = at('1258594163.799904')
  packets[19].time = at('1258594163.840311')
  talk.fin('B').ack('A').pin(at('1258594185.426870'))
  talk.fin('A').pin(at('1258594185.428102'))
  talk.ack('B').pin(at('1258594185.690017'))
  return talk.spread()
}

/** @param {Talk} talk @param {Buffer} file */
function send(talk, file) {
  const segments = Math.ceil(file.length / SEGMENT)
  for (let i = 0; i < segments; i++) {
    talk.say('B', file.subarray(i * SEGMENT, (i + 1) * SEGMENT))
    const sent = talk.packets.at(-1)
    if (i === OVERTAKEN) {
      overtake(talk, file.subarray(++i * SEGMENT, (i + 1) * SEGMENT))
      continue
    }
    if (i === REPEATED + 2) talk.again(segmentAt(talk, sent.seq - 2 * SEGMENT))
    if (Math.floor(((i + 1) * ACKS) / segments) > Math.floor((i * ACKS) / segments)) talk.ack('A')
  }
}

/** The segment after the last comes before it: it is acknowledged twice, before and behind. */
function overtake(talk, next) {
  const late = talk.packets.pop()
  const missing = late.seq
  talk.say('B', next).ack('A')
  talk.packets.at(-1).ack = missing
  talk.packets.push(late)
  talk.ack('A')
}

/** @param {Talk} talk @param {number} seq */
function segmentAt({ packets }, seq) {
  return packets.find(packet => packet.dir === 'B' && packet.payload.length > 0 && packet.seq === seq >>> 0)
}
