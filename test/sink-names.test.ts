import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { dumpPayload } from '../lib/index.ts'
import { FileNames } from '../lib/sink/file-names.ts'
import { CAPTURE, has, shell } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { ETHERTYPE, ethernet, ipv4, tcp } from './support/build-packets.ts'

const MANIFEST = '.pldpipe-manifest'

/** All files below a folder but the manifest, sorted. */
function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name !== MANIFEST)
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

const temp = (): string => mkdtempSync(join(tmpdir(), 'pldpipe-names-'))

t.test('tcpflow gives the same names', { skip: !has('tcpflow') && 'needs tcpflow' }, t => {
  const cwd = temp()
  shell('tcpflow -r "$CAPTURE" -o theirs; rm theirs/report.xml', cwd)
  shell('pldump --names tcpflow --no-udp -w ours "$CAPTURE"', cwd)
  // what tcpflow writes beside payload are files without any
  const theirs = files(join(cwd, 'theirs')).filter(name => readFileSync(join(cwd, 'theirs', name)).length > 0)
  const ours = files(join(cwd, 'ours/payload'))
  t.ok(ours.length > 10)
  t.same(
    ours.filter(name => theirs.includes(name)),
    ours,
  )
  t.end()
})

/** Two connections on the same ports, of which only the second carries data from the server. */
function twoConnections(folder: string): string {
  const client = { src: '10.0.0.1', dst: '10.0.0.2', srcPort: 40000, dstPort: 80 }
  const server = { src: '10.0.0.2', dst: '10.0.0.1', srcPort: 80, dstPort: 40000 }
  const packet = (
    { src, dst, ...ports }: typeof client,
    seq: number,
    flags: number,
    data = '',
    ack = 0,
  ): Buffer =>
    ethernet(
      { type: ETHERTYPE.ipv4 },
      ipv4({ src, dst, proto: 6 }, tcp({ ...ports, seq, flags, ack }, Buffer.from(data))),
    )
  const frames = [
    packet(client, 100, 0x02),
    packet(server, 500, 0x12, '', 101),
    packet(client, 101, 0x18, 'one'),
    packet(client, 104, 0x11),
    packet(client, 90_000, 0x02),
    packet(server, 70_000, 0x12, '', 90_001),
    packet(client, 90_001, 0x18, 'two'),
    packet(server, 70_001, 0x18, 'answer', 90_004),
  ]
  const path = join(folder, 'two.pcap')
  writeFileSync(path, pcap(frames.map((bytes, i) => ({ bytes, time: [1_000_000_000 + i, 0] }))))
  return path
}

t.test('a connection on the ports of an earlier one has its number', async t => {
  const cwd = temp()
  const capture = twoConnections(cwd)
  const names = async (scheme: string): Promise<string[]> => {
    const folder = join(cwd, 'out')
    await dumpPayload(capture, { folder, names: scheme })
    return files(folder)
  }
  const there = '010.000.000.001.40000-010.000.000.002.00080'
  const back = '010.000.000.002.00080-010.000.000.001.40000'
  t.same(await names('tcpflow'), [there, `${there}c1`, `${back}c1`], 'though the first one sent nothing back')
  t.same(await names('%F%D-%#-%P'), ['1A-0-1', '2A-1-5', '2B-1-6'], 'and the first packet of the direction')
  t.same(await names('%A/%a/%D'), [
    '010.000.000.001/40000/A',
    '010.000.000.001/40000/Ac1',
    '010.000.000.002/00080/B',
  ])
  t.same(await names('%G-%M-%K-%N_%S_%t_%T_%p_%%'), [
    '000-000-000-001_00000000000000000001_1000000000_2001-09-09T01:46:40Z_6_%',
    '000-000-000-002_00000000000000000002_1000000004_2001-09-09T01:46:44Z_6_%',
    '000-000-000-002_00000000000000000002_1000000005_2001-09-09T01:46:45Z_6_%',
  ])
  const [first, second, third] = await names('%E-%e-%i-%D')
  t.match(first, /^02:00:00:00:00:0.-02:00:00:00:00:0.-1:[\w-]{27}=-A$/)
  t.equal(second, `${first}c1`)
  t.equal(third!.slice(-30, -2), first!.slice(-30, -2), 'both directions have the same Community ID')
})

t.test('prefix and suffix belong to the last part, and index files lie beside', async t => {
  const cwd = temp()
  const folder = join(cwd, 'out')
  const options = { folder, names: '%F/%D', prefix: 'p-', suffix: '.bin', index: true }
  await dumpPayload(twoConnections(cwd), options)
  t.same(files(folder), [
    '1/p-A.bin',
    '1/p-A.index.bin',
    '2/p-A.bin',
    '2/p-A.index.bin',
    '2/p-B.bin',
    '2/p-B.index.bin',
  ])
  t.equal(readFileSync(join(folder, '2/p-B.bin'), 'utf8'), 'answer')
})

t.test('a run with folders is replaced by the next', async t => {
  const cwd = temp()
  const capture = twoConnections(cwd)
  const folder = join(cwd, 'out')
  await dumpPayload(capture, { folder, names: '%A/%B/%F%D' })
  await dumpPayload(capture, { folder })
  t.same(readdirSync(folder).sort(), [MANIFEST, '1_A', '2_A', '2_B'])
  await dumpPayload(capture, { folder, names: '%A/%F%D' })
  writeFileSync(join(folder, '010.000.000.001', 'mine'), 'x')
  await t.rejects(dumpPayload(capture, { folder }), {
    code: 'ERR_FOLDER',
    message:
      'holds "010.000.000.001/mine", which is not from an earlier run; use another folder, or keep what is there',
  })
  t.equal(files(folder).length, 4, 'nothing was deleted')
})

t.test('no folder is a link', async t => {
  const cwd = temp()
  const folder = join(cwd, 'out')
  const elsewhere = join(cwd, 'elsewhere')
  mkdirSync(folder)
  mkdirSync(elsewhere)
  symlinkSync(elsewhere, join(folder, '010.000.000.001'))
  const notes: unknown[] = []
  await dumpPayload(twoConnections(cwd), {
    folder,
    names: '%A/%F%D',
    clean: false,
    onRecord: record => record.type === 'note' && notes.push(record),
  })
  t.same(readdirSync(elsewhere), [], 'nothing is written through it')
  t.match(notes, [{ code: 'write-failed', message: /not a directory/ }, { code: 'write-failed' }])
  t.equal(readFileSync(join(folder, '010.000.000.002/2B'), 'utf8'), 'answer')
})

t.test('templates that are refused', t => {
  const why = (names: string): string => {
    try {
      new FileNames(names, '', '')
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  t.equal(why('%A/%B'), '')
  t.match(why('plain'), 'the name "plain" has no % in it')
  t.match(why('%A%'), 'ends with %')
  t.match(why('%A%q'), 'has %q; there are %A %B')
  for (const outside of ['/%A', '%A/', '%A//%B', '%A/%V%v/x', '%C'])
    t.match(why(outside), 'can have nothing before')
  for (const dot of ['../%A', '%A/../%B', './%A', '.%A', '%C./%A', '%C.%A'])
    t.match(why(dot), 'begins with a dot')
  t.match(why('%A\n'), 'control characters')
  t.match(why('%A'.repeat(4)), 'more than 140 bytes')
  const bin = shell('pldump --names %q -w out "$CAPTURE"', temp())
  t.equal(bin.code, 2)
  t.match(bin.stderr, /^pldump: the name "%q" has %q; there are .*\n/)
  t.end()
})

t.test('a thread, and records, give the same names', async t => {
  const cwd = temp()
  const names = '%p/%A.%a-%B.%b-%#-%P'
  const out = (name: string): string => join(cwd, name)
  await dumpPayload(CAPTURE, { folder: out('plain'), names, writerThread: false })
  await dumpPayload(CAPTURE, { folder: out('thread'), names, writerThread: true })
  shell(`pcap2json "$CAPTURE" | flowtag | pldsink --names '${names}' -o pipe`, cwd)
  const plain = files(out('plain'))
  t.equal(plain.length, 47)
  t.same(files(out('thread')), plain)
  t.same(files(out('pipe')), plain)
})
