import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import split2 from 'split2'
import t from 'tap'
import { dumpPayload, type FlowRecord } from '../lib/index.ts'
import { pcap } from './support/build-capture.ts'
import { build, conversation } from './support/lossy-conversation.ts'

/** What a capture gives from each of both ports: the flow's record and the bytes of its file. */
async function dumped(capture: Buffer): Promise<Map<number, { flow: FlowRecord; bytes: Buffer }>> {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-street-'))
  try {
    const records = new PassThrough()
    const flows: FlowRecord[] = []
    records.pipe(split2(JSON.parse)).on('data', record => {
      if (record.type === 'flow' && record.l4Proto === 6 && record.srcPort + record.dstPort === 40_080) {
        flows.push(record)
      }
    })
    const file = join(folder, 'conversation.pcap')
    writeFileSync(file, capture)
    await dumpPayload(file, { folder: join(folder, 'payload'), relativeTo: folder, timeout: 0, records })
    await new Promise(resolve => setImmediate(resolve))
    const result = new Map<number, { flow: FlowRecord; bytes: Buffer }>()
    for (const flow of flows) {
      const bytes = flow.pldFile === undefined ? Buffer.alloc(0) : readFileSync(join(folder, flow.pldFile))
      result.set(flow.srcPort!, { flow, bytes })
    }
    if (result.size !== flows.length) throw new Error('a direction gave more than one flow')
    return result
  } finally {
    rmSync(folder, { recursive: true })
  }
}

t.test('whatever a conversation went through, its bytes and its gaps add up to what was sent', async t => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(conversation, async c => {
      const { frames, expected } = build(c)
      const found = await dumped(pcap(frames))
      for (const [dir, port] of [40_000, 80].entries()) {
        const { bytes, gaps } = expected[dir]!
        const { flow, bytes: written } = found.get(port)!
        const missing = gaps.reduce((sum, gap) => sum + gap.length, 0)
        // a gap may begin with a segment of which only the first fragment was captured, and says so then
        const begun = c.segments.filter(segment => segment.dir === dir && segment.fragment > 0)
        const told = flow.pldGaps!.map(gap =>
          gap.reason === 'fragment' && begun.some(({ at }) => at === gap.offset)
            ? { ...gap, reason: 'absent' }
            : gap,
        )
        const isSame =
          JSON.stringify(told) === JSON.stringify(gaps) &&
          flow.pldLen === bytes.length &&
          flow.pldBytes === bytes.length - missing &&
          (flow.pldFile === undefined ? flow.pldBytes === 0 : written.equals(bytes))
        if (!isSame) {
          throw new Error(
            `${dir}: ${JSON.stringify({ flow, gaps, length: bytes.length, same: written.equals(bytes) })}`,
          )
        }
      }
      runs++
    }),
    { numRuns: 300 },
  )
  t.equal(runs, 300)
})
