import { text } from './content.mjs'
import { at, beyond, FIRST, HOSTS } from './facts.mjs'
import { Talk } from './talk.mjs'

/** @import { Random } from '../../bench/generate/random.mjs' */

const SECOND = 1_000_000
const SEGMENT = 1460
/** Segments of each answer: with the packets around them 246 in all. */
const ANSWERS = [4, 12, 8, 16, 6, 10, 9, 14, 8, 12, 6]
/** When each begins, in seconds. The first nine are known at the same time, which are 18 flows; the others come later. */
const STARTS = [0, 8, 17, 21, 34, 40, 55, 61, 70, 1900, 7300]

/** Flows 1 to 11: web pages. @param {Random} random */
export function pages(random) {
  return ANSWERS.map((segments, i) => {
    const client = i % 2 ? HOSTS.desk102 : HOSTS.desk103
    return page(random, client, 1201 + 3 * i, 10 + i, segments, FIRST + STARTS[i] * SECOND)
  })
}

/** Flow 33. @param {Random} random */
export function latePage(random) {
  return page(random, HOSTS.desk105, 49_170, 40, 18, at('1258586012.400177'))
}

/**
 * @param {Random} random @param {{ip: string, mac: string}} client @param {number} port @param {number} host
 * @param {number} segments of the answer @param {number} start
 */
function page(random, client, port, host, segments, start) {
  const talk = new Talk({ ...client, port }, { ...beyond(`198.51.100.${host}`), port: 80 }, random)
  const path = `/notes/${random.between(100, 999)}.txt`
  const length = (segments - 1) * SEGMENT + random.between(300, 1200)
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: `
  // as the answer's length is given, its body has what the header leaves, which has a length of five digits or less
  const body = length - head.length - 4
  const answer = `${head}${body - String(body).length}\r\n\r\n${text(random, body - String(body).length)}`
  talk.open()
  talk.packets[0].time = start
  talk
    .say('A', `GET ${path} HTTP/1.1\r\nHost: www${host}.example.org\r\nUser-Agent: tutorial\r\n\r\n`)
    .ack('B')
  for (let i = 0; i < segments; i++) {
    talk.say('B', answer.slice(i * SEGMENT, (i + 1) * SEGMENT))
    if (i % 2 || i === segments - 1) talk.ack('A')
  }
  talk.fin('B').fin('A').ack('B')
  return talk.pin(start + random.between(2 * SECOND, 40 * SECOND)).spread()
}
