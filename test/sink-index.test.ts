import fs, { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { PayloadSink, type SinkOptions } from '../lib/sink/payload-sink.ts'
import { StretchLog } from '../lib/sink/stretch-log.ts'
import { chunkBatch, streamEnd } from './support/chunk-batch.ts'

const { openSync, closeSync, writeSync, renameSync } = fs
const real = { openSync, closeSync, writeSync, renameSync }

/** Lets a call of the file system fail wherever `fails` gives an error's code. */
function spoil(call: keyof typeof real, fails: (...args: never[]) => string | undefined): void {
  const whole = real[call] as (...args: unknown[]) => unknown
  Object.assign(fs, {
    [call]: (...args: unknown[]) => {
      const code = fails(...(args as never[]))
      if (code === undefined) return whole(...args)
      const errno = -(constants.errno as Record<string, number>)[code]!
      throw Object.assign(new Error(`${code}: made up`), { code, errno })
    },
  })
  syncBuiltinESMExports()
}

function mend(): void {
  Object.assign(fs, real)
  syncBuiltinESMExports()
}

t.afterEach(mend)

const sunk = (batches: Batch[], options: SinkOptions): Promise<Batch[]> =>
  Readable.from(batches)
    .pipe(new PayloadSink({ last: false, index: true, ...options }))
    .toArray()

const text = (folder: string, name: string): string => readFileSync(join(folder, name), 'latin1')
const names = (folder: string): string[] =>
  readdirSync(folder)
    .filter(name => name !== '.pldpipe-manifest')
    .sort()

t.test('an index tells for each stretch its packet and its time', async t => {
  const folder = join(t.testdir(), 'payload')
  const batch = chunkBatch(
    [
      { offset: 0, payload: 'HELO ', pktNo: 4, time: [1258544215, 37210000] },
      { offset: 0, payload: '220', dir: 1, pktNo: 5 },
      { offset: 5, payload: 'you', pktNo: 7, time: [1258544216, 123456789] },
      { offset: 8, payload: 'there', pktNo: 7, time: [1258544216, 123456789] },
      { offset: 6, payload: 'OU', pktNo: 9, time: [1258544217, 5000] },
    ],
    [{ payload: streamEnd(13) }],
  )
  batch.frames.digits[2] = 9
  batch.frames.digits[3] = 9
  const [out] = await sunk([batch], { folder, relativeTo: t.testdirName })
  t.equal(
    text(folder, '1_A.index'),
    [
      '{"offset":0,"length":5,"pktNo":4,"time":"1258544215.037210"}',
      '{"offset":5,"length":1,"pktNo":7,"time":"1258544216.123456789"}',
      '{"offset":6,"length":2,"pktNo":9,"time":"1258544217.000005"}',
      '{"offset":8,"length":5,"pktNo":7,"time":"1258544216.123456789"}',
      '',
    ].join('\n'),
  )
  t.equal(out!.flowPayload[0]!.pldIndex, 'payload/1_A.index')
  t.strictSame(names(folder), ['1_A', '1_A.index', '1_B', '1_B.index'], 'flows without a record as well')
  const { mode, mtimeMs } = statSync(join(folder, '1_A.index'))
  t.equal(mode & 0o777, 0o600)
  t.equal(Math.floor(mtimeMs), 1258544215037, 'the time of the flow')
  await sunk([], { folder })
  t.strictSame(names(folder), [], 'a later run knows it as ours')
  await sunk([batch], { folder })
  fs.appendFileSync(join(folder, '1_A.index'), 'mine')
  await t.rejects(sunk([], { folder }), { code: 'ERR_FOLDER', message: /"1_A.index", which was changed/ })
})

t.test('names: with a suffix, by endpoints, beside the files of others', async t => {
  const folder = t.testdir()
  const two = chunkBatch(
    [1, 2].map(flowInd => ({ offset: 0, payload: `${flowInd}`, flowInd })),
    [1, 2].map(flowInd => ({ flowInd, payload: streamEnd(1) })),
  )
  const plain = '010.000.000.001.40000-010.000.000.002.00080-6'
  const [out] = await sunk([two], { folder, names: 1, suffix: '.bin' })
  const files = [`${plain}.bin`, `${plain}c1.bin`, `${plain}.index.bin`, `${plain}c1.index.bin`]
  t.strictSame(names(folder), files.sort())
  t.same(
    out!.flowPayload.map(payload => [payload!.pldFile, payload!.pldIndex]),
    [
      [`${plain}.bin`, `${plain}.index.bin`],
      [`${plain}c1.bin`, `${plain}c1.index.bin`],
    ],
  )

  const shared = t.testdir({ '1_A.index': 'mine', '2_A': 'mine' })
  const [kept] = await sunk([two], { folder: shared, clean: false })
  t.same(
    kept!.flowPayload.map(payload => [payload!.pldFile, payload!.pldIndex]),
    [
      ['1_A', '1_A.indexc1'],
      ['2_Ac1', '2_Ac1.index'],
    ],
  )
  t.equal(text(shared, '1_A.index'), 'mine')
  t.equal(text(shared, '2_A'), 'mine')
  writeFileSync(join(shared, 'x'), '')
})

t.test('an index that cannot be written is told; the payload file is whole', async t => {
  const batch = chunkBatch([{ offset: 0, payload: 'abc' }], [{ payload: streamEnd(3) }])
  for (const [call, fails, left] of [
    ['openSync', (path: string) => (path.endsWith('.index') ? 'EACCES' : undefined), ['1_A']],
    [
      'writeSync',
      (_: number, bytes: Uint8Array, at: number) => (bytes[at] === 0x7b ? 'EIO' : undefined),
      ['1_A'],
    ],
  ] as const) {
    const folder = t.testdir()
    spoil(call, fails as never)
    const out = await sunk([batch], { folder })
    t.match(out[0]!.side[0], { code: 'write-failed', file: '1_A.index', flowInd: 1, dir: 'A' })
    t.match(out[0]!.flowPayload[0], { pldStat: '0x03', pldFile: '1_A', pldIndex: undefined })
    t.match(out[1]!.side, [{ files: 1, failedFiles: 1 }])
    t.strictSame(names(folder), left)
    t.equal(text(folder, '1_A'), 'abc')
    mend()
  }
  const folder = t.testdir()
  spoil('writeSync', (_: number, bytes: Uint8Array, at: number) =>
    bytes[at] === 0x7b ? 'ENOSPC' : undefined,
  )
  const out = await sunk([batch], { folder })
  t.match(out[0]!.side[0], { code: 'write-failed', file: '1_A.index' }, 'also where the disk is full')
  t.equal(text(folder, '1_A'), 'abc')
})

t.test('a file that cannot be written anew keeps its holes, has no index, and is told', async t => {
  const batch = chunkBatch([{ offset: 2, payload: 'abc' }], [{ payload: streamEnd(5) }])
  for (const [call, fails] of [
    ['openSync', (path: string) => (path.endsWith('.whole') ? 'EACCES' : undefined)],
    ['renameSync', () => 'EIO'],
  ] as const) {
    const folder = t.testdir()
    spoil(call, fails as never)
    const out = await sunk([batch], { folder, gap: 'skip' })
    t.match(out[0]!.side[0], { code: 'write-failed', file: '1_A' })
    t.match(out[0]!.flowPayload[0], { pldStat: '0x83', pldFile: '1_A', pldIndex: undefined })
    t.strictSame(names(folder), ['1_A'])
    t.equal(text(folder, '1_A'), '\0\0abc')
    mend()
  }
  const folder = t.testdir()
  let writes = 0
  spoil('writeSync', (_: number, bytes: Uint8Array, at: number) =>
    bytes[at] === 0x61 && ++writes === 2 ? 'ENOSPC' : undefined,
  )
  const out = await sunk([batch], { folder, gap: 'skip' })
  t.match(out[0]!.side[0], { code: 'write-failed', file: '1_A' }, 'also where the disk is full')
  t.strictSame(names(folder), ['1_A'], 'and nothing half done is left')
})

t.test('a file that somebody cut meanwhile is one that failed', async t => {
  const folder = t.testdir()
  const sink = new PayloadSink({ folder, gap: 'skip', last: false })
  sink.write(chunkBatch([{ offset: 2, payload: 'abc' }]))
  await new Promise(setImmediate)
  fs.truncateSync(join(folder, '1_A'), 3)
  sink.end()
  const out = await sink.toArray()
  t.match(out.at(-1)!.side[0], { code: 'write-failed', message: /i\/o error/ })
})

t.test('out of descriptors, files are written anew and indexed all the same', async t => {
  const folder = t.testdir()
  let open = 0
  Object.assign(fs, {
    openSync: (...args: [string, number]) => {
      if (open >= 4) {
        const errno = -constants.errno.EMFILE
        throw Object.assign(new Error('made up'), { code: 'EMFILE', errno })
      }
      open++
      return real.openSync(...args)
    },
    closeSync: (fd: number) => {
      open--
      real.closeSync(fd)
    },
  })
  syncBuiltinESMExports()
  const flows = Array.from({ length: 12 }, (_, i) => i + 1)
  const out = await sunk(
    [
      chunkBatch(flows.map(flowInd => ({ flowInd, offset: 3, payload: 'b' }))),
      chunkBatch(
        flows.map(flowInd => ({ flowInd, offset: -1, payload: 'a' })),
        flows.map(flowInd => ({ flowInd, payload: streamEnd(5, -1) })),
      ),
    ],
    { folder, gap: 'marker' },
  )
  mend()
  t.match(out.at(-1)!.side, [{ files: 12, failedFiles: 0 }])
  for (const flowInd of flows) {
    t.equal(text(folder, `${flowInd}_A`), 'a\n[gap of 3 bytes]\nb')
    t.equal(text(folder, `${flowInd}_A.index`).split('\n').length, 3)
  }
})

t.test('a long stream in whatever order, with little in memory', async t => {
  const folder = t.testdir()
  const count = 40_000
  const batches: Batch[] = []
  for (let from = 0; from < count; from += 4000) {
    // each packet of 4 bytes covers half of the one that comes after it in the stream; the order is backwards
    batches.push(
      chunkBatch(
        Array.from({ length: 4000 }, (_, i) => ({
          offset: 2 * (count - from - i),
          payload: 'abcd',
          pktNo: from + i + 1,
        })),
      ),
    )
  }
  await sunk(batches, { folder, gap: 'skip' })
  t.strictSame(names(folder), ['1_A', '1_A.index'])
  const lines = text(folder, '1_A.index').trimEnd().split('\n')
  t.equal(lines.length, count)
  t.ok(
    lines.every((line, i) => {
      const { offset, length, pktNo, fileOffset } = JSON.parse(line)
      const last = i === 0 ? 4 : 2
      return (
        offset === (i === 0 ? 2 : 4 + 2 * i) &&
        length === last &&
        fileOffset === offset - 2 &&
        pktNo === count - i
      )
    }),
    'the later packet has the bytes that two brought',
  )
  const { size } = statSync(join(folder, '1_A'))
  const backwards = Array.from({ length: 20_000 }, (_, i) => ({ offset: 3 * (20_000 - i), payload: 'ab' }))
  const between = backwards.slice(0, 9000).map(({ offset }) => ({ offset: offset + 2, payload: 'c' }))
  await sunk([chunkBatch(backwards), chunkBatch(between)], { folder, gap: 'skip', index: false })
  t.strictSame(names(folder), ['1_A'])
  t.equal(statSync(join(folder, '1_A')).size, 49_000)
  t.equal(text(folder, '1_A'), 'ab'.repeat(11_000) + 'abc'.repeat(9000))
  t.equal(size, 2 * count + 2)
})

t.test('the log of stretches says what an array of bytes says, stored or not', async t => {
  const step = fc.record({
    slot: fc.nat(2),
    offset: fc.integer({ min: -40, max: 60 }),
    length: fc.integer({ min: 1, max: 20 }),
    run: fc.boolean(),
  })
  let opened = 0
  const path = join(t.testdir(), 'store')
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      fc.constantFrom([1], [2], [7], [999, 5], [999, 60], []),
      (steps, [most, mostOfAll]) => {
        const log = new StretchLog(
          () => {
            opened++
            return fs.openSync(path, 'w+')
          },
          most,
          mostOfAll,
        )
        const bytes = [0, 1, 2].map(() => new Map<number, number>())
        const ends = [0, 0, 0]
        for (const [pktNo, { slot, offset, length, run }] of steps.entries()) {
          const from = run ? ends[slot]! : offset
          ends[slot] = from + length
          log.add(slot, to => to.add(from, from + length, pktNo, 1, 2, 6))
          for (let at = from; at < from + length; at++) bytes[slot]!.set(at, pktNo)
        }
        for (const [slot, expected] of bytes.entries()) {
          const resolved = log.take(slot)
          for (let again = 0; again < 2; again++) {
            const found = new Map<number, number>()
            const cursor = resolved.cursor()
            let edge = Number.NEGATIVE_INFINITY
            while (cursor.next()) {
              if (cursor.offset < edge || cursor.end <= cursor.offset) throw new Error('out of order')
              edge = cursor.end
              for (let at = cursor.offset; at < edge; at++) found.set(at, cursor.pktNo)
            }
            t.same(
              [...found],
              [...expected].sort((a, b) => a[0] - b[0]),
            )
          }
          resolved.free()
        }
        log.close()
      },
    ),
    { numRuns: 120 },
  )
  t.ok(opened > 20)
})

t.test('stores are filled again, and their faults end the run', async t => {
  const path = join(t.testdir(), 'store')
  const log = new StretchLog(() => fs.openSync(path, 'w+'), 100)
  const fill = (slot: number, step: number): void => {
    for (let i = 0; i < 3000; i++) log.add(slot, to => to.add(i * step, i * step + 1, i, 0, 0, 6))
  }
  fill(1, 2)
  log.take(1).free()
  const size = statSync(path).size
  for (let round = 0; round < 5; round++) {
    fill(2, -2)
    log.take(2).free()
  }
  t.ok(statSync(path).size < 6 * size, 'blocks are used again')
  fill(3, 2)
  fs.truncateSync(path, 0)
  t.throws(() => log.take(3).free(), { code: 'ERR_WRITE', message: /: it was cut$/ })
  log.close()
  const full = new StretchLog(() => fs.openSync('/dev/full', 'r+'), 2)
  if (existsSync('/dev/full')) {
    t.throws(
      () => {
        for (let i = 0; i < 9; i++) full.add(1, to => to.add(i * 2, i * 2 + 1, i, 0, 0, 6))
      },
      { code: 'ERR_WRITE', message: /no space left/ },
    )
  }
  full.close()
})

t.test('many files together are stored before they need too much memory', async t => {
  // by the size of the store: first only the files that fill blocks, then all
  for (const [perFile, large] of [
    [400, true],
    [10, false],
  ] as const) {
    const path = join(t.testdir(), 'store')
    const log = new StretchLog(() => fs.openSync(path, 'w+'), undefined, 20_000)
    const files = 24_000 / perFile
    for (let slot = 0; slot < files; slot++) {
      log.add(slot, to => {
        for (let i = 0; i < perFile; i++) to.add(i * 2, i * 2 + 1, i, 0, 0, 6)
      })
    }
    t.equal(statSync(path).size, large ? 50 * 5 * 4096 : 2000 * 4096)
    let stretches = 0
    for (let slot = 0; slot < files; slot++) {
      const all = log.take(slot)
      for (const cursor = all.cursor(); cursor.next(); ) stretches++
      all.free()
    }
    t.equal(stretches, files * perFile)
    log.close()
  }
})
