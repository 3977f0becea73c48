import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { PayloadSink, type SinkOptions } from '../lib/sink/payload-sink.ts'
import { chunkBatch, streamEnd } from './support/chunk-batch.ts'

const MANIFEST = '.pldpipe-manifest'

/** A run that writes flow 1 in both directions, of which only A has ended before the end of input. */
async function run(folder: string, options: Partial<SinkOptions> = {}, word = 'run'): Promise<void> {
  const batch = chunkBatch(
    [
      { offset: 0, payload: word },
      { offset: 0, payload: word, dir: 1 },
    ],
    [{ payload: streamEnd(3) }],
  )
  await pipeline(Readable.from([batch]), new PayloadSink({ folder, last: true, ...options }))
}

/** Everything in a folder, with the contents of its files. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter(name => name !== MANIFEST)
  return Object.fromEntries(names.map(name => [name, readFileSync(join(folder, name), 'utf8')]))
}

t.test('an earlier run is replaced', async t => {
  const folder = t.testdir()
  await run(folder, { names: 1 }, 'old')
  await run(folder, {}, 'new')
  t.same(contents(folder), { '1_A': 'new', '1_B': 'new' })
  rmSync(join(folder, '1_A'))
  await run(folder, {}, 'third')
  t.same(contents(folder), { '1_A': 'third', '1_B': 'third' }, 'and one whose user deleted some of it')
})

t.test('what was interrupted is replaced as well', async t => {
  const folder = t.testdir()
  await run(folder)
  // as if the machine had stopped while the third file was written, in the middle of a line of the manifest
  appendFileSync(join(folder, MANIFEST), '3_A\n3_B\n1_B\t3\t10')
  writeFileSync(join(folder, '3_A'), 'half')
  await run(folder, { clean: false }, 'kept')
  t.same(Object.keys(contents(folder)).sort(), ['1_A', '1_Ac1', '1_B', '1_Bc1', '3_A'])
  await run(folder, {}, 'new')
  t.same(contents(folder), { '1_A': 'new', '1_B': 'new' })
})

t.test('what is not ours is never touched', async t => {
  const cases: Record<string, (folder: string) => void> = {
    'a file of somebody': folder => writeFileSync(join(folder, 'notes\n.txt'), 'mine'),
    'a folder': folder => mkdirSync(join(folder, 'sub')),
    'a file that was changed': folder => appendFileSync(join(folder, '1_A'), '!'),
    'a file of another time': folder => utimesSync(join(folder, '1_B'), 5, 5),
    'a link in place of a file': folder => {
      renameSync(join(folder, '1_A'), join(folder, '1_B'))
      symlinkSync('1_B', join(folder, '1_A'))
    },
    'a manifest that is none': folder => writeFileSync(join(folder, MANIFEST), '1_A\n1_B\n'),
    'files without manifest': folder => rmSync(join(folder, MANIFEST)),
    'a link in place of the manifest': folder => {
      renameSync(join(folder, MANIFEST), `${folder}.manifest`)
      symlinkSync(`${folder}.manifest`, join(folder, MANIFEST))
    },
    'a folder in place of the manifest': folder => {
      rmSync(join(folder, MANIFEST))
      mkdirSync(join(folder, MANIFEST))
    },
  }
  for (const [name, spoil] of Object.entries(cases)) {
    const folder = t.testdir()
    await run(folder)
    spoil(folder)
    const before = readdirSync(folder)
    await t.rejects(
      run(folder),
      { code: 'ERR_FOLDER', file: folder, message: /^holds "?[^\n]*; use another folder/ },
      name,
    )
    t.same(readdirSync(folder), before, `${name}: nothing was deleted`)
  }
  const folder = t.testdir({ [MANIFEST]: 'something else' })
  await t.rejects(run(folder), { code: 'ERR_FOLDER' })
  await t.rejects(run(folder, { clean: false }), { code: 'ERR_FOLDER' })
  t.equal(readFileSync(join(folder, MANIFEST), 'utf8'), 'something else')
})

t.test('kept files stay, and new ones find other names', async t => {
  const folder = t.testdir({
    '1_A.txt': 'mine',
    '1_Ac1.txt': 'mine',
    '1_B.txt': t.fixture('symlink', 'nowhere'),
  })
  for (const word of ['one', 'two', 'six']) await run(folder, { clean: false, suffix: '.txt' }, word)
  rmSync(join(folder, '1_B.txt'))
  t.same(contents(folder), {
    '1_A.txt': 'mine',
    '1_Ac1.txt': 'mine',
    '1_Ac2.txt': 'one',
    '1_Ac3.txt': 'two',
    '1_Ac4.txt': 'six',
    '1_Bc1.txt': 'one',
    '1_Bc2.txt': 'two',
    '1_Bc3.txt': 'six',
  })
  await t.rejects(
    run(folder),
    { message: /"1_Ac?1?.txt", which is not from an earlier run/ },
    'ours and theirs are told apart',
  )
})

t.test('folders that cannot be', async t => {
  const dir = t.testdir({
    file: 'text',
    loop: t.fixture('symlink', 'loop'),
    lost: t.fixture('symlink', 'nowhere'),
  })
  for (const [folder, message] of [
    [join(dir, 'file'), /cannot be used as output folder: file already exists/],
    [join(dir, 'file', 'below'), /not a directory/],
    [join(dir, 'loop'), /cannot be used/],
    [join(dir, 'lost'), /no such file/],
    [join(dir, 'lost', 'below'), /no such file/],
    ['/proc/nothing', /cannot be used/],
  ] as const) {
    await t.rejects(run(folder), { code: 'ERR_FOLDER', exitCode: 2, file: folder, message })
  }
})

t.test('a folder behind a link of the user is as good as any', async t => {
  const dir = t.testdir({ real: {}, link: t.fixture('symlink', 'real') })
  await run(join(dir, 'link'))
  t.same(contents(join(dir, 'real')), { '1_A': 'run', '1_B': 'run' })
})

t.test('an input that fails leaves the earlier run as it is', async t => {
  const folder = t.testdir()
  await run(folder)
  const source = new Readable({
    objectMode: true,
    read: () => void source.destroy(new Error('no such capture')),
  })
  await t.rejects(pipeline(source, new PayloadSink({ folder })), { message: 'no such capture' })
  t.same(contents(folder), { '1_A': 'run', '1_B': 'run' })
})

t.test('an input without payload leaves an empty folder', async t => {
  const folder = join(t.testdirName, 'new')
  await pipeline(Readable.from([]), new PayloadSink({ folder, last: true }))
  t.ok(existsSync(folder))
  t.same(contents(folder), {})
})
