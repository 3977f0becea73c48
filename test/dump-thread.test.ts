import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { type DumpOptions, dumpPayload, type PldRecord } from '../lib/index.ts'
import { CAPTURE } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { conversation } from './support/conversation.ts'

/** Files by name with bytes and time, and all records but the capture's. */
async function dump(folder: string, capture: string, options: Partial<DumpOptions>): Promise<unknown> {
  const records = new PassThrough()
  const lines = text(records)
  await dumpPayload(capture, { folder, records, ...options })
  const files = listFiles(folder)
  const told = (await lines)
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as PldRecord)
    .map(record => ({ ...record, folder: '' }))
  return { files, told }
}

function listFiles(folder: string): unknown[] {
  return readdirSync(folder)
    .filter(name => !name.startsWith('.'))
    .sort()
    .map(name => [
      name,
      readFileSync(join(folder, name), 'latin1'),
      Math.trunc(statSync(join(folder, name)).mtimeMs),
    ])
}

/** Many flows that end while others go on, one that extends to the left, and a gap. */
function manyFlows(): Buffer {
  const frames = Array.from({ length: 400 }, (_, i) =>
    conversation({
      clientPort: 2000 + i,
      says: [
        ['>', `question ${i}`],
        ['<', `${i} `.repeat(i)],
      ],
    }).map((bytes, j) => ({ bytes, time: [1_000_000 + 10 * i + j, 0] as [number, number] })),
  )
  const odd = conversation({ clientPort: 9999, says: [['>', 'a'.repeat(9000)]] }).slice(3)
  const late = [odd[3]!, odd[2]!, odd[0]!, odd[5]!].map((bytes, j) => ({
    bytes,
    time: [1_005_000 + j, 0] as [number, number],
  }))
  return pcap([...frames.flat(), ...late])
}

for (const names of [0, 1, 2] as const) {
  t.test(`a thread that writes gives the same files and records, names ${names}`, async t => {
    const folder = t.testdir({})
    const many = join(folder, 'many.pcap')
    writeFileSync(many, manyFlows())
    for (const [label, capture] of [
      ['office', CAPTURE],
      ['many', many],
    ] as const) {
      const one = await dump(join(folder, `${label}-one`), capture, { names, writerThread: false })
      const two = await dump(join(folder, `${label}-two`), capture, { names, writerThread: true })
      t.same(two, one)
    }
  })
}

t.test('gaps and indexes are the same as well', async t => {
  const folder = t.testdir({})
  const many = join(folder, 'many.pcap')
  writeFileSync(many, manyFlows())
  const options = { gap: 'marker', index: true } as const
  const one = await dump(join(folder, 'one'), many, { ...options, writerThread: false })
  const two = await dump(join(folder, 'two'), many, { ...options, writerThread: true })
  t.same(two, one)
  t.equal(
    readFileSync(join(folder, 'two', '401_A.index'), 'utf8'),
    [
      '{"offset":0,"length":1460,"pktNo":2836,"time":"1005002.000000"}',
      '{"offset":2920,"length":1460,"fileOffset":1489,"pktNo":2835,"time":"1005001.000000"}',
      '{"offset":4380,"length":1460,"fileOffset":2949,"pktNo":2834,"time":"1005000.000000"}',
      '{"offset":7300,"length":1460,"fileOffset":4438,"pktNo":2837,"time":"1005003.000000"}',
      '',
    ].join('\n'),
  )
})

t.test('where nobody reads records, files and summary are the same', async t => {
  const folder = t.testdir({})
  const many = join(folder, 'many.pcap')
  writeFileSync(many, manyFlows())
  const { files } = (await dump(join(folder, 'told'), many, {})) as { files: unknown[] }
  t.ok(files.length > 700)
  for (const writerThread of [false, true]) {
    const out = join(folder, `untold-${writerThread}`)
    const summary = await dumpPayload(many, { folder: out, writerThread })
    t.same(listFiles(out), files)
    t.equal(summary.sink?.files, files.length)
  }
})

t.test('a folder that cannot be used ends the run with the same error', async t => {
  const folder = join(t.testdir({}), 'out')
  mkdirSync(folder)
  writeFileSync(join(folder, 'thesis.txt'), 'mine')
  for (const writerThread of [false, true]) {
    await t.rejects(dumpPayload(CAPTURE, { folder, writerThread }), { code: 'ERR_FOLDER', exitCode: 2 })
    t.equal(readFileSync(join(folder, 'thesis.txt'), 'utf8'), 'mine')
  }
})

t.test('an abort ends the thread', async t => {
  const folder = join(t.testdir({}), 'out')
  const signal = AbortSignal.abort()
  await t.rejects(dumpPayload(CAPTURE, { folder, writerThread: true, signal }), { name: 'AbortError' })
})
