import { Readable } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { AlignedText } from '../lib/text/aligned-text.ts'
import { Aligner } from '../lib/text/aligner.ts'

async function align(...chunks: (string | Uint8Array)[]): Promise<string> {
  let text = ''
  const source = Readable.from(chunks.map(chunk => Buffer.from(chunk as string)))
  for await (const chunk of source.pipe(new AlignedText())) text += chunk
  return text
}

t.test('columns stand below each other', async t => {
  t.equal(await align('%a\tbbb\tc\nlong\t\tx\n\t1\n'), '%a    bbb  c\nlong       x\n      1\n')
  t.equal(
    await align('a\tb\r\n', 'cc\tü', '\tz'),
    'a   b\ncc  ü  z\n',
    'line ends of others, none at the end',
  )
  t.equal(
    await align(Buffer.from('ü\tx\na\ty\n').subarray(0, 1), Buffer.from('ü\tx\na\ty\n').subarray(1)),
    'ü  x\na  y\n',
  )
  t.equal(await align('a\t\t\n'), 'a\n', 'no spaces at the end')
  t.equal(await align(''), '')
  t.equal(await align('\n\n'), '\n\n')
})

t.test('text is lined up in blocks, in bounded memory', async t => {
  const aligner = new Aligner(8)
  t.equal(aligner.feed(Buffer.from('a\tb\n')), '')
  t.equal(aligner.feed(Buffer.from('ccc\td\n')), 'a    b\nccc  d\n', 'as soon as there is enough')
  t.equal(aligner.feed(Buffer.from('e\tf\nlonger\tg\nh\ti\n')), 'e       f\nlonger  g\n')
  t.equal(aligner.end(), 'h       i\n', 'never narrower than before')
  t.throws(() => new Aligner(8).feed(Buffer.alloc(9, 'x')), { code: 'ERR_FORMAT' })
  await t.rejects(align(Buffer.alloc((1 << 24) + 1, 'x')), { code: 'ERR_FORMAT' })
})

t.test('nothing is lost, wherever the text is cut', async t => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 6 }).map(text => text.replace(/[\t\n\r ]/g, '_'))
  const rows = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(rows, fc.nat(200), async (rows, cut) => {
      const bytes = Buffer.from(rows.map(row => `${row.join('\t')}\n`).join(''))
      const text = await align(bytes.subarray(0, cut), bytes.subarray(cut))
      t.equal(text, await align(bytes))
      const cells = (part: string): string[] => part.split(/\s+/).filter(cell => cell !== '')
      t.same(text.split('\n').map(cells), [...rows.map(row => cells(row.join(' '))), []])
    }),
    { numRuns: 60 },
  )
})
