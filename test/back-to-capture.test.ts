import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { openCapture } from '../lib/capture/open-capture.ts'
import { conversationCaptures, dumpPayload } from '../lib/index.ts'
import { PcapngWriter } from '../lib/pcapng-writer.ts'
import { CAPTURE, shell } from './support/bins.ts'
import { epb, idb, pcap, pcapng, shb } from './support/build-capture.ts'
import { type FrameRow, harvest } from './support/capture-rows.ts'

const temp = (): string => mkdtempSync(join(tmpdir(), 'pldpipe-back-'))

/** The frames of a capture, with all that belongs to them but their number and place. */
async function framesOf(path: string): Promise<Omit<FrameRow, 'pktNo'>[]> {
  const { rows, notes } = await harvest(openCapture(path))
  if (notes.length > 0) throw new Error(JSON.stringify(notes))
  return rows.map(({ pktNo: _, ...row }) => row)
}

t.test('frames of several link types and clocks come back as they were', async t => {
  const writer = new PcapngWriter()
  const folder = t.testdir()
  const bytes = Buffer.from('0123456789')
  const frames = [
    { linkType: 1, sec: 1, nsec: 999_999_000, digits: 6, capLen: 5, wireLen: 1500 },
    { linkType: 113, sec: 4_294_967_296, nsec: 1, digits: 9, capLen: 0, wireLen: 0 },
    { linkType: 1, sec: 9_007_199_254, nsec: 123_456_789, digits: 9, capLen: 8, wireLen: 8 },
    { linkType: 1, sec: 2, nsec: 0, digits: 6, capLen: 3, wireLen: 3 },
  ]
  for (const frame of frames) writer.add(frame, bytes, 1)
  writeFileSync(join(folder, 'a.pcapng'), writer.take())
  const { rows, captures } = await harvest(openCapture(join(folder, 'a.pcapng')))
  t.match(
    rows,
    frames.map(({ linkType, capLen, wireLen }) => ({
      linkType,
      wireLen,
      bytes: bytes.toString('hex', 1, 1 + capLen),
    })),
  )
  t.same(
    rows.map(row => row.time),
    frames.map(({ sec, nsec }) => [sec, nsec]),
  )
  t.equal(captures.at(-1)!.interfaces.length, 3)
  t.equal(writer.take().length, 0)
  t.ok(new PcapngWriter().take().length > 0, 'a capture without frames is one')
})

t.test('a capture of each conversation, which together have every frame once', async t => {
  const folder = join(temp(), 'pcap')
  const dump = (clean: boolean) =>
    dumpPayload(CAPTURE, {
      folder,
      noFiles: true,
      between: { payload: [conversationCaptures(folder, clean)] },
    })
  await dump(true)
  const names = readdirSync(folder).filter(name => name.endsWith('.pcapng'))
  t.equal(names.length, 34)
  const all: object[] = []
  for (const name of names) all.push(...(await framesOf(join(folder, name))))
  const sorted = (rows: object[]): string[] => rows.map(row => JSON.stringify(row)).sort()
  t.same(sorted(all), sorted(await framesOf(CAPTURE)))
  const [first] = await framesOf(join(folder, '5.pcapng'))
  const { mtimeMs } = statSync(join(folder, '5.pcapng'))
  t.ok(Math.abs(mtimeMs / 1000 - first!.time[0] - first!.time[1] / 1e9) < 0.001, 'its time')
  await dump(true)
  t.equal(readdirSync(folder).length, 35, 'an earlier run is replaced')
  await dump(false)
  t.equal(readdirSync(folder).length, 69, 'or kept')
})

t.test('json2pcap gives the frames of packets, of flows, and frames', async t => {
  const cwd = temp()
  const run = (command: string) => shell(command, cwd)
  run('pcap2json "$CAPTURE" | flowtag > records; grep \'"flowInd":20,\' records > twenty')
  const flow = run('grep \'"type":"flow"\' twenty | json2pcap -r "$CAPTURE" > flow.pcapng')
  t.same(flow, { stdout: '', stderr: '', code: 0 })
  const wanted = (await framesOf(join(cwd, 'flow.pcapng'))).length
  t.equal(wanted, 30)
  run('grep \'"type":"packet"\' twenty | json2pcap -r "$CAPTURE" -w packets.pcapng')
  t.same(readFileSync(join(cwd, 'packets.pcapng')), readFileSync(join(cwd, 'flow.pcapng')))
  run('grep \'"type":"capture"\\|"flowInd":20,"dir":"A"\' records | json2pcap > one-way.pcapng')
  t.equal((await framesOf(join(cwd, 'one-way.pcapng'))).length, 14, 'the capture is named by its record')
  run('pcap2json --frames "$CAPTURE" | json2pcap > frames.pcapng')
  t.same(await framesOf(join(cwd, 'frames.pcapng')), await framesOf(CAPTURE))
  run('pcap2json "$CAPTURE" | flowtag | pldchunk --tcp-ports 21 | json2pcap -r "$CAPTURE" > chunks.pcapng')
  t.ok((await framesOf(join(cwd, 'chunks.pcapng'))).length > 30)
  const pipe = run(
    'grep \'"type":"flow"\' twenty | json2pcap -r "$CAPTURE" --flow-timeout 0 | pcap2json -r - | grep -c \'"type":"packet"\'',
  )
  t.equal(pipe.stdout, '30\n', 'and what comes out goes in again')
})

t.test('what json2pcap cannot find', t => {
  const cwd = temp()
  writeFileSync(join(cwd, 'other.pcap'), pcap([Buffer.from('other')]))
  shell('pcap2json "$CAPTURE" | flowtag > records', cwd)
  const told = (command: string, code: number, stderr: RegExp): void => {
    const outcome = shell(command, cwd)
    t.equal(outcome.code, code, command)
    t.match(outcome.stderr, stderr)
  }
  told(
    'json2pcap -r other.pcap < records > x',
    1,
    /^json2pcap: the records are of capture e8db0f44251d, not of other.pcap\n/,
  )
  told('grep packet records | json2pcap > x', 2, /the records do not name their capture; name it with -r/)
  told(
    'grep \'"flowInd":20,"dir":"A"\' records | sed s/44244/44245/ | grep \'"type":"flow"\' | json2pcap -r "$CAPTURE" > x',
    1,
    /1 flow directions of the records were not found in the capture/,
  )
  told('json2pcap -r none.pcap < records > x', 2, /none.pcap: cannot be opened: no such file/)
  told('json2pcap -r "$CAPTURE" -w no/where < records', 1, /no\/where/)
  const empty = shell('json2pcap -w empty.pcapng < /dev/null; pcap2json empty.pcapng | tail -1', cwd)
  t.match(empty.stdout, '"packets":0')
  t.end()
})

t.test('packets of several captures in one run', async t => {
  const cwd = temp()
  const one = [Buffer.from('one'), Buffer.from('two')]
  writeFileSync(join(cwd, 'a.pcap'), pcap(one))
  writeFileSync(join(cwd, 'b.pcapng'), pcapng(shb(), idb({ linkType: 101 }), epb(Buffer.from('three'))))
  shell(
    'pcap2json a.pcap b.pcapng | grep \'"pktNo":[23]\' | json2pcap -r a.pcap -r b.pcapng > cut.pcapng',
    cwd,
  )
  const frames = await framesOf(join(cwd, 'cut.pcapng'))
  t.same(
    frames.map(({ linkType, bytes }) => `${linkType} ${Buffer.from(bytes, 'hex').toString()}`),
    ['1 two', '101 three'],
  )
})
