import assert from 'node:assert/strict'
import { closeSync, fstatSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import t from 'tap'
import { parseConfig } from '../lib/cli/config-file.ts'
import { pcapngOutput } from '../lib/cli/pcapng-output.ts'
import { PldError } from '../lib/errors.ts'
import { endsOfRecord, lengthsOfRecord } from '../lib/follow/follow-ends.ts'
import { gapOfLine } from '../lib/gap-line.ts'
import { openLabels } from '../lib/labels/open-labels.ts'
import { NdjsonReader } from '../lib/ndjson/ndjson-reader.ts'
import { NdjsonWriter } from '../lib/ndjson/ndjson-writer.ts'
import { compileFilter } from '../lib/select/capture-filter/frame-filter.ts'
import { Manifest } from '../lib/sink/manifest.ts'
import { diceFor } from './hostile/dice.ts'
import { collect } from './hostile/street-case.ts'
import { buildMmdb } from './support/mmdb.ts'
import { selectFrom, selects } from './support/select-run.ts'

/** What the reader and the writer make of a text. */
async function through(text: string, maxLineBytes?: number): Promise<Record<string, unknown>[]> {
  const out: Buffer[] = []
  const reader = new NdjsonReader(maxLineBytes === undefined ? {} : { maxLineBytes })
  await pipeline([Readable.from([Buffer.from(text)]), reader, new NdjsonWriter(), collect(out)] as never)
  const lines = Buffer.concat(out).toString().split('\n').slice(0, -1)
  return lines.map(line => JSON.parse(line) as Record<string, unknown>)
}

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

t.test('a line that is nested too deeply is refused, whatever it is', async t => {
  for (const type of ['flow', 'capture', 'packet', 'x']) {
    const start = `{"type":"${type}","captureId":"c","flowInd":1,"dir":"A","a":`
    t.equal(
      (await through(`${start}${deep(256)}}\n`))[0]!.type === 'note',
      type === 'packet',
      `${type}, at the bound`,
    )
    const [note] = await through(`${start}${deep(100_000)}}\n`)
    t.match(
      note,
      { type: 'note', code: 'bad-line', message: 'the line is nested deeper than 256 levels' },
      type,
    )
  }
  t.equal(
    (await through(`{"type":"x","a":"${'['.repeat(500)}\\"${'['.repeat(500)}"}\n`))[0]!.type,
    'x',
    'in a text',
  )
})

t.test('flowsel takes no line that is nested too deeply, and no member without a value', async t => {
  for (const line of [`{"x":${deep(100_000)}}`, '{"x":,"y":1}', '{"y":1,"x":}', '{ "x": }']) {
    const { out, complaints } = selectFrom([`${line}\n`], { expression: 'has(x) || y' })
    t.equal(out, '')
    t.match(complaints, ['bad-line file0 1 the line is no JSON object'])
  }
})

t.test('expressions have a bound', async t => {
  const levels = { code: 'ERR_USAGE', message: /more than 2000 levels of operators/ }
  t.throws(() => selects(`x${' + x'.repeat(3000)}`, { x: 1 }), levels)
  t.ok(selects(`x${' + x'.repeat(1900)} == 1901`, { x: 1 }))
  for (const text of [
    '('.repeat(100_000),
    '!'.repeat(100_000),
    '['.repeat(100_000),
    `${'('.repeat(1e5)}x${')'.repeat(1e5)}`,
  ])
    t.throws(() => selects(text, {}), { code: 'ERR_USAGE' })
  t.throws(() => compileFilter(`ip[0]${'+1'.repeat(100_000)}=1`), {
    code: 'ERR_USAGE',
    message: /more than 1000 operators/,
  })
  t.ok(compileFilter(`ip[0]${'+1'.repeat(1000)}=1`))
  for (const text of [
    `${'('.repeat(1e5)}tcp${')'.repeat(1e5)}`,
    `${'not '.repeat(1e5)}tcp`,
    'ip['.repeat(1e5),
  ])
    t.throws(() => compileFilter(text), { code: 'ERR_USAGE' })
})

t.test('no text of a capture keeps a regular expression busy', async t => {
  const text = 'a'.repeat(5000)
  t.notOk(selects('x ~ /^((((a*)*)*)*)*b$/', { x: text }))
  t.notOk(selects('matches(x, "^(a|a)*c$")', { x: `${text}b` }))
  t.ok(selects('x ~ /(a+)+$/', { x: text }))
})

t.test('a gap that came as a line is one only if it can be', async t => {
  const sound = { type: 'gap', captureId: 'c', flowInd: 1, dir: 'A', offset: 3, length: 5, reason: 'absent' }
  const read = (members: object) => gapOfLine(Buffer.from(JSON.stringify({ ...sound, ...members })))
  t.same(read({}), sound)
  for (const short of ['', '{}', '{"type":"y"}', '{"type":"gap"'])
    t.equal(gapOfLine(Buffer.from(short.replace('gap"', 'ga'))), undefined, short)
  t.same(read({ sctpStream: 7, other: [1] }), { ...sound, sctpStream: 7 })
  for (const members of [
    { flowInd: -1 },
    { flowInd: '1' },
    { dir: 'C' },
    { offset: 2 ** 53 },
    { offset: 2 ** 53 - 2 },
    { length: -5 },
    { length: 1e300 },
    { reason: { toString: 1 } },
    { sctpStream: 65_536 },
  ])
    t.equal(read(members), undefined, JSON.stringify(members))
})

t.test('what a flow record says of ends and lengths counts only if it can be', async t => {
  const odd = {
    srcIP: 5,
    srcPort: -1,
    srcMac: 'x',
    dstMac: [null],
    ethVlanID: 7,
    ethType: [],
    l4Proto: 'TCP',
  }
  t.same(endsOfRecord(odd), {
    ends: [{ padded: '' }, { padded: '' }],
    vlans: [],
    ethType: 0,
    proto: undefined,
  })
  t.same(lengthsOfRecord({ pldLen: -1, pldFiles: 5 }), {})
  const files = [null, 3, { sctpStream: 'a', pldLen: 1 }, { sctpStream: 1, pldLen: 1 }]
  t.same(lengthsOfRecord({ pldLen: 9, pldFiles: files }), { pldLen: 9, pldFiles: [files[3]] })
})

t.test('a chunk cannot lie where its end is no number any more', async t => {
  const line = (offset: number): string =>
    `{"type":"chunk","captureId":"c","flowInd":1,"dir":"A","pktNo":1,"time":"1.000000","offset":${offset},"length":1,"payload":"QQ=="}\n`
  const farthest = 2 ** 53 - 2 ** 32
  for (const sign of [1, -1]) {
    t.same(await through(line(sign * farthest)), [], 'nothing to say of it')
    t.match((await through(line(sign * (farthest + 1))))[0], {
      type: 'note',
      message: /^offset is no whole number/,
    })
  }
})

t.test('a frame that came as a record is checked', async t => {
  const output = pcapngOutput(join(t.testdir(), 'out.pcapng'))
  const sound = { time: '1.000000', linkType: 1, capLen: 1, wireLen: 1, payload: 'QQ==' }
  output.frame(sound as never)
  for (const members of [
    { payload: 0.5 },
    { linkType: 65_536 },
    { linkType: -1 },
    { wireLen: 2 ** 32 },
    { wireLen: 'x' },
    { time: 1 },
  ])
    t.throws(
      () => output.frame({ ...sound, ...members } as never),
      { code: 'ERR_NDJSON' },
      JSON.stringify(members),
    )
  await output.end()
})

t.test("a manifest closes no descriptor that is somebody else's by now", async t => {
  const folder = t.testdir()
  const manifest = new Manifest(folder)
  manifest.close()
  // gets the number that has just become free
  const fd = openSync(join(folder, 'other'), 'w')
  manifest.close()
  t.doesNotThrow(() => fstatSync(fd))
  closeSync(fd)
})

t.test('a long line costs no more than its bound', async t => {
  const long = `{"type":"x","a":"${'y'.repeat(1 << 20)}"}\n`
  t.match(await through(`${long}{"type":"x"}\n`, 1 << 16), [
    { code: 'bad-line', message: 'the line is longer than 65536 bytes' },
    { type: 'x' },
  ])
})

t.test('spoilt databases of labels are refused, or say what they can', async t => {
  const folder = t.testdir()
  mkdirSync(join(folder, 'db'))
  const sound = buildMmdb([
    ['8.8.8.0/24', { country: { iso_code: 'US' }, autonomous_system_organization: 'Some' }],
    ['2001:4860::/32', { country: { iso_code: 'DE' }, names: ['a', 'b'] }],
  ])
  const addresses = Uint32Array.of(0x08080808, 0, 0, 0, 0x20014860, 0, 0, 1)
  for (let number = 0; number < 1500; number++) {
    const dice = diceFor(1, number)
    const bytes = dice.chance(0.2)
      ? Buffer.from(sound.subarray(0, dice.below(sound.length)))
      : Buffer.from(sound)
    for (let count = dice.below(6); count > 0 && bytes.length > 0; count--)
      bytes[dice.below(bytes.length)] = dice.below(256)
    const file = join(folder, 'db/labels.mmdb')
    writeFileSync(file, bytes)
    try {
      const labels = openLabels([file])
      for (const [family, at] of [
        [4, 0],
        [6, 4],
      ] as const) {
        const { cc, org } = labels.label(family, addresses, at)
        assert.ok(typeof cc === 'string' && typeof org === 'string')
      }
    } catch (error) {
      if (!(error instanceof PldError)) assert.fail(`database ${number}: ${(error as Error).stack}`)
    }
  }
})

t.test('rubbish is no configuration', async () => {
  for (let number = 0; number < 500; number++) {
    const dice = diceFor(2, number)
    const bytes = Buffer.from('PLDUMP_TCP_PORTS = {25,21} # mail\nA="x\\"y" # c\n\n')
    for (let count = 1 + dice.below(9); count > 0; count--) bytes[dice.below(bytes.length)] = dice.below(256)
    try {
      parseConfig(bytes.toString(dice.pick(['utf8', 'latin1'] as const)), 'file')
    } catch (error) {
      if (!(error instanceof PldError && error.code === 'ERR_SETTING')) throw error
    }
  }
})
