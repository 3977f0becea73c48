import { Readable } from 'node:stream'
import t from 'tap'
import { openCapture } from '../lib/capture/open-capture.ts'
import { FrameColumns } from '../lib/columns.ts'
import { Batch, PacketDecoder } from '../lib/index.ts'
import type { SummaryRecord } from '../lib/records.ts'
import { compileFilter } from '../lib/select/capture-filter/frame-filter.ts'
import { FilterCore, filterFrames } from '../lib/select/filter-frames.ts'
import { CAPTURE } from './support/bins.ts'

async function run(
  expression: string,
): Promise<{ numbers: number[]; summaries: Map<string, SummaryRecord> }> {
  const numbers: number[] = []
  const summaries = new Map<string, SummaryRecord>()
  const street = openCapture(CAPTURE, { recycle: true })
    .pipe(filterFrames(expression))
    .pipe(new PacketDecoder())
  for await (const batch of street as AsyncIterable<Batch>) {
    numbers.push(...batch.frames.pktNo.subarray(0, batch.rows))
    for (const item of batch.side) {
      const record = item as SummaryRecord
      if (record.type === 'summary') summaries.set(record.stage, record)
    }
    batch.release()
  }
  return { numbers, summaries }
}

t.test('what stays keeps its number, and every frame is counted', async t => {
  const all = await run('')
  const some = await run('port 25')
  const others = await run('not port 25')
  t.equal(all.numbers.length, 693)
  t.ok(some.numbers.length > 0 && others.numbers.length > 0)
  t.same(
    [...some.numbers, ...others.numbers].sort((a, b) => a - b),
    all.numbers,
  )
  const { capture, filter, decode } = Object.fromEntries(some.summaries) as Record<string, SummaryRecord>
  t.equal(filter!.filter, 'port 25')
  t.equal(capture!.packets, filter!.packets)
  t.equal(Number(filter!.keptPackets) + Number(filter!.filteredPackets), filter!.packets)
  t.equal(decode!.packets, filter!.keptPackets)
  t.equal(decode!.bytes, filter!.keptBytes)
})

t.test('records between the frames keep their places, and rows taken out before stay out', t => {
  const [batch] = batchOf(['a', 'b', 'c', 'd'])
  const note = (message: string) => ({ type: 'note', level: 'warning', code: 'x', message }) as const
  const core = new FilterCore(compileFilter('ether[0] = 98 or ether[0] = 99 or ether[0] = 100'))
  const [kept] = core.take(
    batch!.derive({
      keep: Uint8Array.of(1, 1, 0, 1),
      extras: new Map([[3, { mine: 1 }]]),
      side: ['first', 'before b', 'before d', 'last'].map(note),
      sideAt: [0, 1, 3, 4],
    }),
  )
  t.same([...kept!.frames.pktNo.subarray(0, kept!.rows)], [2, 4])
  t.same(kept!.sideAt, [0, 0, 1, 2])
  t.same([...kept!.extras!], [[1, { mine: 1 }]])
  t.equal(kept!.keep, undefined)
  t.match(core.summary(), { packets: 3, keptPackets: 2, filteredPackets: 1, keptBytes: 2 })
  t.end()
})

t.test('a batch of which nothing is left is not passed on', t => {
  const core = new FilterCore(compileFilter('len > 1000'))
  t.same([...core.take(batchOf(['a', 'b'])[0]!)], [])
  t.end()
})

t.test('wrong use is refused', async t => {
  t.throws(() => filterFrames('port'), { code: 'ERR_USAGE' })
  const street = openCapture(CAPTURE).pipe(new PacketDecoder()).pipe(filterFrames('ip'))
  await t.rejects(street.toArray(), {
    code: 'ERR_USAGE',
    message: 'frames are filtered in front of the decoder, not behind it',
  })
  await t.rejects(
    Readable.from(batchOf(['a']))
      .pipe(filterFrames('inbound'))
      .toArray(),
    { code: 'ERR_USAGE' },
  )
})

/** A batch of Ethernet frames that hold these texts. */
function batchOf(texts: readonly string[]): Batch[] {
  const slab = Buffer.from(texts.join(''))
  const batch = Batch.create({ rows: texts.length, slab })
  const frames = batch.newColumns(FrameColumns, texts.length)
  let at = 0
  texts.forEach((text, row) => {
    frames.pktNo[row] = row + 1
    frames.off[row] = at
    frames.capLen[row] = frames.wireLen[row] = text.length
    frames.linkType[row] = 1
    at += text.length
  })
  return [batch.derive({ frames })]
}
