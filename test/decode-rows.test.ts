import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { Dissection } from '../lib/decode/dissection.ts'
import { insertRows } from '../lib/decode/insert-rows.ts'
import { PacketColumns } from '../lib/packet-columns.ts'
import { frameBatch } from './support/decode-frames.ts'

const bytes = Buffer.from('abcdefgh')

t.test('a frame that is split gives rows with the same link and the payload of each', async t => {
  const d = new Dissection()
  d.open(bytes, new PacketColumns(1), bytes.length)
  d.start(0, 0, 8, 8)
  d.packets.mac.set([1, 2, 3], 0)
  d.payload(2)
  d.split()
  d.at = 4
  d.payload(4)
  d.finish()
  t.same(d.inserted, [0])
  t.ok(d.packets.capacity >= 2, 'the columns have grown')
  t.same([...d.packets.payOff.subarray(0, 2)], [2, 4])
  t.same([...d.packets.payLen.subarray(0, 2)], [6, 4])
  t.same([...d.packets.mac.subarray(3, 6)], [1, 2, 3])
  d.start(1, 0, 8, 8)
  t.equal(d.row, 2, 'the next frame comes behind both')
})

t.test('what is read in the annex has its place behind the frames', async t => {
  const d = new Dissection()
  d.open(bytes, new PacketColumns(1), bytes.length)
  d.start(0, 0, 8, 8)
  const at = d.annex.reserve(5)
  d.annex.bytes.write('XYZ12', at)
  d.turnTo(at, at + 5)
  d.payload(at + 1)
  d.finish()
  t.equal(d.packets.payOff[0], bytes.length + 1)
  t.equal(d.packets.payLen[0], 4)
  t.equal(d.packets.l7Len[0], 4)
  d.start(0, 0, 8, 8)
  t.equal(d.bytes, bytes, 'the next frame lies in the slab again')
})

t.test('rows that are inserted take their frame along, and side records stay between the frames', async t => {
  const frames = ['a', 'b', 'c'].map(text => ({ bytes: Buffer.from(text) }))
  const note = { type: 'note', level: 'warning', code: 'x', message: 'x' } as const
  const batch: Batch = frameBatch(frames).derive({
    keep: Uint8Array.of(1, 0, 1),
    extras: new Map([[2, { own: 1 }]]),
    side: [note, note, note],
    sideAt: [0, 1, 3],
  })
  const wider = insertRows(batch, [0, 2, 2])
  t.equal(wider.rows, 6)
  t.same([...wider.frames.pktNo.subarray(0, 6)], [1, 1, 2, 3, 3, 3])
  t.same([...wider.keep!], [1, 1, 0, 1, 1, 1])
  t.same([...wider.extras!.keys()], [3, 4, 5])
  t.same(wider.sideAt, [0, 2, 6])
})
