// Writes sent.json out of the plan and the logs of both ends: `sent.mjs WORK TARGET`. No capture is opened here.
// Fails if an end received what the other did not send: then the run proves nothing.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [work, target] = process.argv.slice(2)
const read = name => JSON.parse(readFileSync(join(work, name), 'utf8'))
const [plan, client, server, link, about] = ['plan', 'client', 'server', 'link', 'about'].map(name =>
  read(`${name}.json`),
)

const perStream = messages => {
  const streams = new Map()
  for (const { stream, ...one } of messages) streams.set(stream, [...(streams.get(stream) ?? []), one])
  return [...streams].sort(([a], [b]) => a - b)
}

/** TCP and SCTP bring all, in order; UDP only what was sent. */
const agree = ({ protocol }, { sent }, { received }) => {
  if (protocol === 'tcp') return assert.deepEqual(received, sent)
  if (protocol === 'sctp') return assert.deepEqual(perStream(received), perStream(sent))
  const known = new Set(sent.map(({ sha256 }) => sha256))
  for (const { sha256 } of received) assert(known.has(sha256))
}

/** A datagram that was received is one that was sent: its number says which. */
const numbers = ({ sent }, { received }) => {
  const first = new Map(sent.map(({ sha256 }, index) => [sha256, index]).reverse())
  return received.map(({ sha256 }) => first.get(sha256))
}

const conversations = plan.map(one => {
  const { id, protocol } = one
  const ends = { client: client[id], server: server[id] ?? { sent: [], received: [] } }
  agree(one, ends.client, ends.server)
  agree(one, ends.server, ends.client)
  for (const [direction, from, to] of [
    ['up', ends.client, ends.server],
    ['down', ends.server, ends.client],
  ]) {
    one[direction].sent = from.sent
    if (protocol === 'udp') one[direction].received = numbers(from, to)
  }
  return one
})
const lines = conversations.map(one => JSON.stringify(one)).join(',\n')
writeFileSync(
  join(target, 'sent.json'),
  `{"about":${JSON.stringify(about)},\n"link":${JSON.stringify(link)},\n"conversations":[\n${lines}\n]}\n`,
)
