import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { ConsoleStage } from '../lib/follow/console-stage.ts'
import { FlowTagger, Follower, openCapture, PacketDecoder, PayloadChunker } from '../lib/index.ts'
import { CAPTURE } from './support/bins.ts'
import { sctpData } from './support/build-packets.ts'
import { chunkedBatches, follow, onConsole } from './support/follow-run.ts'
import type { TestPacket } from './support/packet-batch.ts'
import { sctpPacket } from './support/sctp-run.ts'

const BACK = { dir: 1, src: [0x0a00_0002], dst: [0x0a00_0001], srcPort: 80, dstPort: 40000 }

/** Two streams, out of order, a message in two parts, one twice. */
const SCTP: TestPacket[] = [
  sctpPacket(sctpData({ tsn: 100, stream: 0, flags: 2 }, 'first ')),
  sctpPacket(sctpData({ tsn: 102, stream: 1 }, 'other stream')),
  sctpPacket(sctpData({ tsn: 900, stream: 7 }, 'answer'), BACK),
  sctpPacket(sctpData({ tsn: 101, stream: 0, flags: 1 }, 'last')),
  sctpPacket(sctpData({ tsn: 102, stream: 1 }, 'other stream')),
  sctpPacket(sctpData({ tsn: 103, stream: 0, ssn: 1 }, 'next')),
]

t.test('SCTP: messages are pieces, streams do not wait for each other, whatever the batches', async t => {
  for (const perBatch of [1, 2, 6]) {
    const objects = follow(SCTP, { format: 'json' }, { sctp: true }, perBatch).trimEnd().split('\n')
    const pieces = objects.map(line => {
      const { dir, sctpStream, offset, payload } = JSON.parse(line)
      return [dir, sctpStream, offset, Buffer.from(payload, 'base64').toString()]
    })
    t.same(pieces, [
      ['A', 0, 0, 'first '],
      ['A', 1, 0, 'other stream'],
      ['B', 7, 0, 'answer'],
      ['A', 0, 6, 'last'],
      ['A', 0, 10, 'next'],
    ])
  }
  t.equal(follow(SCTP, {}, { sctp: true }, 2), 'first \nother stream\nanswer\nlast\nnext\n')
  t.match(follow(SCTP, { packets: true }, { sctp: true }), /Packet 2 \(12 bytes\): .* SCTP stream: 1\n/)
})

t.test('SCTP on the console names the stream', async t => {
  const text = onConsole(SCTP, {}, { sctp: true }, 1)
  t.match(text, '010.000.000.001.40000-010.000.000.002.00080-132_0: first ')
  t.match(text, '010.000.000.002.00080-010.000.000.001.40000-132_7: answer\n')
  for (const perBatch of [1, 2, 6]) {
    const said = onConsole(SCTP, { format: 'json' }, { sctp: true }, perBatch).trimEnd().split('\n')
    const ofStream0 = said
      .map(line => JSON.parse(line))
      .filter(({ dir, sctpStream }) => dir === 'A' && sctpStream === 0)
    t.same(
      ofStream0.map(({ offset }) => offset),
      [0, 6, 10],
    )
  }
})

t.test('transcripts in code, flow by flow; the input may end as soon as all were written', async t => {
  const source = openCapture(CAPTURE)
  let stopped = false
  const onDone = (): void => {
    stopped = true
    source.stop()
  }
  const follower = new Follower({ flows: [16, 99, 3], onDone })
  const out: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out.push(chunk)
      done()
    },
  })
  await pipeline([source, new PacketDecoder(), new FlowTagger(), new PayloadChunker(), follower, sink])
  t.match(Buffer.concat(out).toString(), 'USER clerk\r\n')
  t.same(follower.missing(), [{ flowInd: 99, exists: false }])
  t.notOk(stopped)
})

const WORDS: TestPacket[] = Array.from({ length: 500 }, (_, i) => ({
  flowInd: 1,
  tcpSeq: 6 * i,
  payload: `${String(i).padStart(5, '0')}\n`,
}))

t.test('the console is written as fast as it is read', async t => {
  const out: Buffer[] = []
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      out.push(Buffer.from(chunk))
      setImmediate(done)
    },
  })
  let batches = 0
  const end = new Writable({
    objectMode: true,
    write(_batch, _encoding, done) {
      batches++
      done()
    },
  })
  await pipeline([
    Readable.from(chunkedBatches(WORDS, {}, 10)),
    new ConsoleStage(slow, { headers: false }),
    end,
  ])
  t.equal(Buffer.concat(out).toString(), WORDS.map(({ payload }) => payload).join(''))
  t.ok(batches > 50)
})

t.test('the street ends when the console has gone', async t => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })
  const out = new Writable({ write: (_chunk, _encoding, done) => done(gone) })
  const end = new Writable({ objectMode: true, write: (_batch, _encoding, done) => done() })
  const street = pipeline([Readable.from(chunkedBatches(WORDS, {}, 1)), new ConsoleStage(out), end])
  await t.rejects(street, { code: 'EPIPE' })
})
