import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { message } from './plan.mjs'

const HEADER = 8
const LISTENS = 65_535
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** Cuts the program's output into messages: a header of 8 bytes, the bytes, and whether the message ends with them. */
const read = async (child, onListening, onMessage) => {
  let rest = Buffer.alloc(0)
  const open = new Map()
  for await (const bytes of child.stdout) {
    rest = Buffer.concat([rest, bytes])
    for (;;) {
      const length = rest.length < HEADER ? Number.POSITIVE_INFINITY : rest.readUInt32LE(4)
      if (rest.length < HEADER + length) break
      const stream = rest.readUInt16LE(0)
      if (stream === LISTENS) {
        rest = rest.subarray(HEADER)
        onListening()
        continue
      }
      const parts = [...(open.get(stream) ?? []), rest.subarray(HEADER, HEADER + length)]
      open.set(stream, parts)
      if (rest.readUInt16LE(2) === 1) {
        open.delete(stream)
        onMessage(stream, Buffer.concat(parts))
      }
      rest = rest.subarray(HEADER + length)
    }
  }
}

/**
 * One end of an SCTP association, to its end; `SCTP` in the environment is the program compiled from sctp.c. Beside it
 * lies a file for each association that the server listens for: the client waits for it.
 */
export const speakSctp = async ({ up, down, ...conversation }, role) => {
  const { client, clientPort, server, serverPort } = conversation
  const isClient = role === 'client'
  const ends = isClient ? ['connect', server, serverPort, client, clientPort] : ['listen', server, serverPort]
  const mark = `${process.env.SCTP}.${clientPort}`
  for (let i = 0; isClient && !existsSync(mark); i++) {
    if (i > 1000) throw new Error(`nobody listens for ${clientPort}`)
    await sleep(20)
  }
  const child = spawn(process.env.SCTP, ends, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const mine = isClient ? up : down
  const expected = (isClient ? down : up).lengths.length
  const received = []
  const sent = []
  const listening = () => writeFileSync(mark, '')
  const reading = read(child, listening, (stream, bytes) => {
    received.push({ stream, bytes: bytes.length, sha256: sha256(bytes) })
    // SCTP knows no half-closed association: the client ends it when it has everything
    if (isClient && received.length === expected) child.stdin.end()
  })
  child.stdin.on('error', () => {})
  for (const [index, length] of mine.lengths.entries()) {
    const bytes = message(mine, index, length)
    const header = Buffer.alloc(HEADER)
    header.writeUInt16LE(mine.streams[index], 0)
    header.writeUInt32LE(length, 4)
    child.stdin.write(Buffer.concat([header, bytes]))
    sent.push({ stream: mine.streams[index], bytes: length, sha256: sha256(bytes) })
  }
  await reading
  const [code] = await exit
  if (code !== 0) throw new Error(`sctp ${ends.join(' ')}: exit ${code}`)
  return { sent, received }
}
