import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import type { Batch, SideItem } from '../lib/batch.ts'
import type { NoteRecord } from '../lib/records.ts'
import { PayloadSink, type SinkOptions } from '../lib/sink/payload-sink.ts'
import { chunkBatch, streamEnd } from './support/chunk-batch.ts'

type Call = 'openSync' | 'writeSync' | 'closeSync' | 'renameSync' | 'futimesSync'

const { openSync, writeSync, closeSync, renameSync, futimesSync } = fs
const real = { openSync, writeSync, closeSync, renameSync, futimesSync }

/** Puts other functions in the place of those of node:fs. */
function patch(calls: Partial<Record<Call, unknown>>): void {
  Object.assign(fs, calls)
  syncBuiltinESMExports()
}

t.afterEach(() => patch(real))

function systemError(code: string): Error {
  const errno = -(constants.errno as Record<string, number>)[code]!
  return Object.assign(new Error(`${code}: made up`), { code, errno })
}

/** Lets a call of the file system fail wherever `fails` gives an error's code. */
function spoil(call: Call, fails: (...args: never[]) => string | undefined): void {
  const whole = real[call] as (...args: unknown[]) => unknown
  patch({
    [call]: (...args: unknown[]) => {
      const code = fails(...(args as never[]))
      if (code !== undefined) throw systemError(code)
      return whole(...args)
    },
  })
}

const sunk = (batches: Batch[], options: SinkOptions): Promise<Batch[]> =>
  Readable.from(batches)
    .pipe(new PayloadSink({ last: false, ...options }))
    .toArray()

const openFiles = (): number => fs.readdirSync('/proc/self/fd').length

const three = (offset: number, ended = false): Batch =>
  chunkBatch(
    [1, 2, 3].map(flowInd => ({ flowInd, offset, payload: `${flowInd}${flowInd}` })),
    ended ? [1, 2, 3].map(flowInd => ({ flowInd, payload: streamEnd(4) })) : [],
  )

const note = (name: string, message: RegExp): object => ({
  type: 'note',
  level: 'error',
  code: 'write-failed',
  message,
  captureId: '0123456789ab',
  file: `payload/${name}`,
  flowInd: Number(name[0]),
  dir: 'A',
})

t.test('one file that fails is a note and a bit, and the others go on', async t => {
  const cases: [
    name: string,
    call: Call,
    fails: (folder: string) => (...args: never[]) => string | undefined,
    cause: RegExp,
    made: boolean,
  ][] = [
    [
      'opening',
      'openSync',
      () => (path: string) => (path.endsWith('2_A') ? 'EACCES' : undefined),
      /: permission denied$/,
      false,
    ],
    [
      'writing',
      'writeSync',
      () => (_: number, bytes: Uint8Array, at: number, length: number) =>
        bytes[at] === 0x32 && length === 2 ? 'EIO' : undefined,
      /: i\/o error$/,
      true,
    ],
    [
      'setting the time',
      'futimesSync',
      folder => (fd: number) =>
        fs.readlinkSync(`/proc/self/fd/${fd}`) === join(folder, '2_A') ? 'EPERM' : undefined,
      /: operation not permitted$/,
      true,
    ],
  ]
  for (const [what, call, fails, message, made] of cases) {
    const folder = join(t.testdir(), 'payload')
    spoil(call, fails(folder))
    const out = await sunk([three(0), three(2, true)], { folder, relativeTo: t.testdirName })
    const ended = out[1]!
    const side = out.flatMap(batch => batch.side)
    t.match(
      side.filter(item => typeof item === 'object' && item !== null && 'level' in item),
      [note('2_A', message)],
      what,
    )
    t.strictSame(
      ended.flowPayload.map(payload => payload!.pldStat),
      ['0x03', '0x83', '0x03'],
    )
    t.equal(ended.flowPayload[1]!.pldFile, made ? 'payload/2_A' : undefined)
    t.match(side.at(-1), { files: made ? 3 : 2, failedFiles: 1 })
    for (const name of ['1_A', '3_A'])
      t.equal(fs.readFileSync(join(folder, name), 'latin1'), name[0]!.repeat(4))
    patch(real)
  }
})

t.test('a note stands in front of the row or the flow that it concerns', async t => {
  const folder = join(t.testdir(), 'payload')
  spoil('openSync', (path: string) => (/[23]_A$/.test(path) ? 'EACCES' : undefined))
  spoil('futimesSync', () => 'EPERM')
  const batch = three(0, true)
  const other: SideItem = { type: 'summary', stage: 'flow' }
  const flow = batch.side[0]!
  const [out] = await sunk([batch.derive({ side: [other, other, flow, other], sideAt: [0, 1, 3, 3] })], {
    folder,
    relativeTo: t.testdirName,
  })
  t.match(out!.side, [
    other,
    other,
    note('2_A', /denied/),
    note('3_A', /denied/),
    note('1_A', /permitted/),
    flow,
    other,
  ])
  t.same(out!.sideAt, [0, 1, 1, 2, 3, 3, 3])
})

t.test('a file that vanished is one that failed; with the whole folder all are', async t => {
  for (const [victim, hopeless] of [
    ['1_A', false],
    ['', true],
  ] as const) {
    const folder = t.testdir()
    const before = openFiles()
    const source = new PassThrough({ objectMode: true })
    const out: Batch[] = []
    const sink = new PayloadSink({ folder, maxOpenFiles: 1 })
    sink.on('data', batch => out.push(batch))
    const done = pipeline(source, sink)
    source.write(three(0))
    await new Promise(setImmediate)
    fs.rmSync(join(folder, victim), { recursive: true })
    source.end(three(2, true))
    await done
    t.match(out[1]!.side[0], { code: 'write-failed', flowInd: 1, message: /no such file or directory$/ })
    t.equal(/no more files/.test((out[1]!.side[0] as NoteRecord).message), hopeless)
    t.strictSame(
      out[1]!.flowPayload.map(payload => payload!.pldStat),
      hopeless ? ['0x83', '0x83', '0x83'] : ['0x83', '0x03', '0x03'],
    )
    t.equal(openFiles(), before, 'nothing is left open')
  }
})

t.test('on a full disk what is whole stays, and the records tell what is not', async t => {
  for (const code of ['ENOSPC', 'EDQUOT', 'EROFS']) {
    const folder = t.testdir()
    const before = openFiles()
    const nine = chunkBatch(
      [{ offset: 0, payload: 'whole', flowInd: 9 }],
      [{ flowInd: 9, payload: streamEnd(5) }],
    )
    spoil('writeSync', (_: number, bytes: Uint8Array, at: number) => (bytes[at] === 0x32 ? code : undefined))
    const out = await sunk([nine, three(0), three(2, true)], { folder })
    t.match(out[1]!.side, [
      { code: 'write-failed', flowInd: 2, message: /, and no more files are written: / },
    ])
    t.strictSame(
      out.flatMap(batch => batch.flowPayload.map(payload => payload!.pldStat)),
      // 1 had its first bytes by then, but not all
      ['0x03', '0x83', '0x83', '0x83'],
    )
    t.match(out[3]!.side, [{ files: 3, failedFiles: 3 }])
    t.equal(openFiles(), before)
    t.equal(fs.readFileSync(join(folder, '9_A'), 'latin1'), 'whole')
    t.notOk(fs.existsSync(join(folder, '3_A')), 'nothing is begun any more')
    patch(real)
    await sunk([three(0)], { folder })
    t.notOk(fs.existsSync(join(folder, '9_A')), 'the next run replaces all of it')
  }
})

t.test('a file that has all its bytes when the disk is full is whole', async t => {
  const folder = t.testdir()
  spoil('writeSync', (_: number, bytes: Uint8Array, at: number) =>
    bytes[at] === 0x32 ? 'ENOSPC' : undefined,
  )
  const flows = [1, 2, 3].map(flowInd => ({ flowInd, payload: streamEnd(2) }))
  const out = await sunk([three(0), chunkBatch([{ offset: 0, payload: 'x', flowInd: 4 }], flows)], { folder })
  t.strictSame(
    out[1]!.flowPayload.map(payload => payload!.pldStat),
    ['0x03', '0x83', '0x83'],
  )
  t.equal(fs.readFileSync(join(folder, '1_A'), 'latin1'), '11')
})

t.test('where nobody hears of it, a full disk ends the run at once', async t => {
  for (const options of [{ flowFiles: false, last: false }, { last: true }]) {
    const folder = t.testdir()
    spoil('writeSync', (_: number, bytes: Uint8Array, at: number) =>
      bytes[at] === 0x32 ? 'ENOSPC' : undefined,
    )
    await t.rejects(sunk([three(0), three(2)], { folder, ...options }), {
      code: 'ERR_WRITE',
      file: join(folder, '2_A'),
      message: / \(flow 2 A\)$/,
    })
    patch(real)
  }
})

t.test('with a manifest that cannot be written no file is made', async t => {
  const folder = t.testdir()
  let lines = 0
  spoil('writeSync', (_: number, bytes: Uint8Array, at: number) =>
    bytes.at(-1) === 0x0a && at === 0 && ++lines === 2 ? 'EIO' : undefined,
  )
  const out = await sunk([three(0), three(2, true)], { folder })
  t.match(out[0]!.side, [
    {
      code: 'write-failed',
      file: '.pldpipe-manifest',
      message: 'the list of files could not be written whole, and no more files are written: i/o error',
    },
  ])
  t.strictSame(
    out[1]!.flowPayload.map(payload => [payload!.pldStat, payload!.pldFile]),
    Array(3).fill(['0x83', undefined]),
  )
  t.same(fs.readdirSync(folder), ['.pldpipe-manifest'])
  t.match(
    fs.readFileSync(join(folder, '.pldpipe-manifest'), 'latin1'),
    /\n\t\n$/,
    'half a line counts for nothing',
  )
})

t.test('writes that the system takes only in part are gone on with', async t => {
  const folder = t.testdir()
  patch({
    writeSync: (fd: number, bytes: Uint8Array, at: number, length: number, position: number) =>
      writeSync(fd, bytes, at, length === undefined ? undefined : Math.min(length, 3), position),
  })
  await sunk([chunkBatch([{ offset: 0, payload: 'abcdefgh' }])], { folder })
  t.equal(fs.readFileSync(join(folder, '1_A'), 'latin1'), 'abcdefgh')
})

t.test('when descriptors run out it makes do with fewer', async t => {
  const folder = t.testdir()
  const open = new Set<number>()
  patch({
    openSync: (path: string, ...rest: [number]) => {
      if (path.endsWith('_A') && open.size >= 5) throw systemError('EMFILE')
      const fd = real.openSync(path, ...rest)
      if (path.endsWith('_A')) open.add(fd)
      return fd
    },
    closeSync: (fd: number) => {
      open.delete(fd)
      real.closeSync(fd)
    },
  })
  const round = (offset: number): Batch =>
    chunkBatch(Array.from({ length: 20 }, (_, i) => ({ flowInd: i + 1, offset, payload: 'ab' })))
  const out = await sunk([round(0), round(2)], { folder })
  t.match(out.at(-1)!.side, [{ files: 20, failedFiles: 0, maxOpen: 5 }])
  for (let i = 1; i <= 20; i++) t.equal(fs.readFileSync(join(folder, `${i}_A`), 'latin1'), 'abab')
})

t.test('a file that fails as it is closed for another is the one that is noted', async t => {
  const folder = t.testdir()
  spoil('closeSync', (fd: number) => {
    const isFirst = fs.readlinkSync(`/proc/self/fd/${fd}`).endsWith('/1_A')
    if (isFirst) real.closeSync(fd)
    return isFirst ? 'EIO' : undefined
  })
  const out = await sunk([three(0), three(2, true)], { folder, maxOpenFiles: 1 })
  t.match(out[0]!.side, [{ code: 'write-failed', flowInd: 1, file: '1_A' }])
  t.strictSame(
    out[1]!.flowPayload.map(payload => payload!.pldStat),
    ['0x83', '0x03', '0x03'],
  )
})

t.test('a head that cannot be put in front is told, and leaves nothing behind', async t => {
  const isHead = (fd: number): boolean => fs.readlinkSync(`/proc/self/fd/${fd}`).endsWith('.head')
  const cases: [Call, (...args: never[]) => string | undefined, text: string][] = [
    ['renameSync', () => 'EACCES', 'body'],
    ['openSync', (path: string) => (path.endsWith('.head') ? 'EACCES' : undefined), 'body'],
    ['openSync', (path: string) => (path.endsWith('.whole') ? 'EACCES' : undefined), 'body'],
    // what the system may have lost of the head cannot be known
    ['closeSync', (fd: number) => (isHead(fd) ? 'EIO' : undefined), 'tobody'],
  ]
  for (const [call, fails, text] of cases) {
    const folder = t.testdir()
    spoil(call, fails)
    const batches = [
      chunkBatch([{ offset: 0, payload: 'body' }]),
      chunkBatch([{ offset: -2, payload: 'to' }]),
      chunkBatch([{ offset: 0, payload: 'x', flowInd: 2 }], [{ payload: streamEnd(6, -2) }]),
    ]
    const out = await sunk(batches, { folder, maxOpenFiles: 1 })
    t.equal(out[2]!.flowPayload[0]!.pldStat, '0x83', call)
    t.match(out.at(-1)!.side, [{ files: 2, failedFiles: 1 }])
    t.equal(fs.readFileSync(join(folder, '1_A'), 'latin1'), text)
    t.same(fs.readdirSync(folder).sort(), ['.pldpipe-manifest', '1_A', '2_A'])
    patch(real)
  }
})

t.test('at the end of a pipeline, files that failed are an error when all is done', async t => {
  const folder = t.testdir()
  spoil('openSync', (path: string) => (path.endsWith('2_A') ? 'EACCES' : undefined))
  const done = pipeline(Readable.from([three(0), three(2, true)]), new PayloadSink({ folder }))
  await t.rejects(done, { code: 'ERR_WRITE', message: '1 payload files could not be written whole' })
  t.equal(fs.readFileSync(join(folder, '3_A'), 'latin1'), '3333')
})

t.test('what is no error of the file system is not hidden', async t => {
  const folder = t.testdir()
  patch({
    writeSync: (fd: number, bytes: Uint8Array, ...rest: [number]) => {
      if (rest.length > 1) throw new TypeError('a mistake')
      return real.writeSync(fd, bytes, ...rest)
    },
  })
  await t.rejects(sunk([three(0)], { folder }), { name: 'TypeError', message: 'a mistake' })
})

t.test('a flow hears that its file failed also where files are not told', async t => {
  spoil('openSync', (path: string) => (path.endsWith('2_A') ? 'EACCES' : undefined))
  const folder = join(t.testdir(), 'payload')
  const [batch] = await sunk([three(0, true)], { folder, flowFiles: false })
  const payload = batch!.flowPayload
  t.same(
    payload.map(told => (Number(told!.pldStat) & 0x80) !== 0),
    [false, true, false],
  )
  t.same(
    payload.map(told => told!.pldFile),
    [undefined, undefined, undefined],
  )
})
