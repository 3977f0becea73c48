import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { CAPTURE, PATH, shell } from './support/bins.ts'
import { filesOf, records, startPipe, text, until } from './support/world.ts'

const capture = readFileSync(CAPTURE)
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'pldpipe-world-'))
/** A capture that does not end: whoever reads on writes on. */
const ENDLESS = '(cat "$CAPTURE"; while tail -c +25 "$CAPTURE"; do :; done) 2> /dev/null'

t.test('where the reader goes, all in front of it end quietly', async t => {
  const tagged = ['pcap2json -', 'flowtag']
  const pipes: string[][] = [
    ['pcap2json -'],
    tagged,
    [...tagged, 'pldchunk'],
    [...tagged, 'pldsink -o files --packets'],
    [...tagged, 'pldsink -o files --packets', 'flowsel "flowInd > 0"'],
    [...tagged, 'flow2txt -s'],
    ['pcap2json --frames -', 'flowsel "capLen > 0"'],
  ]
  for (const stages of pipes) {
    const run = startPipe(ENDLESS, stages, '| head -1 > out')
    t.same(
      await run.ended,
      stages.map(() => 0),
      stages.join(' | '),
    )
    t.equal(text(run.folder, 'out').split('\n').length, 2)
    stages.forEach((_, stage) => {
      t.equal(text(run.folder, `err.${stage}`), '')
    })
  }
  // what comes out of these comes at the end, so that their input has to have one
  for (const command of [
    'pldump --json -w files "$CAPTURE"',
    'pldump -w files "$CAPTURE"',
    'pldump -c "$CAPTURE"',
    'flowfollow -r "$CAPTURE" --all',
    'flowsel -b "flowInd > 0" tagged',
    'flow2txt --columns tagged',
    'json2pcap tagged',
  ]) {
    const cwd = newFolder()
    shell('pcap2json "$CAPTURE" | flowtag > tagged', cwd)
    const { stderr, code } = shell(`(${command}; echo $? > code) | head -c 1 > out; exit $(cat code)`, cwd)
    t.same([stderr, code], ['', 0], command)
  }
})

t.test('input a byte at a time, and in bursts, gives the same', async t => {
  const small = capture.subarray(0, 3_000)
  const run = async (sizes: () => number): Promise<string> => {
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = spawn('pcap2json', ['-q', '-'], {
      env: { ...env, PATH },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const out: Buffer[] = []
    child.stdout.on('data', piece => out.push(piece))
    for (let at = 0; at < small.length; ) {
      const size = sizes()
      child.stdin.write(small.subarray(at, at + size))
      at += size
      await sleep(0)
    }
    child.stdin.end()
    await once(child, 'close')
    return Buffer.concat(out).toString()
  }
  const whole = await run(() => small.length)
  t.equal(await run(() => 1), whole)
  t.equal(await run(() => 1 + Math.floor(Math.random() * 700)), whole)
})

t.test('behind a reader that sleeps memory stays flat', async t => {
  const run = startPipe(
    ENDLESS,
    ['pcap2json -', 'flowtag'],
    '| (head -c 100000 > out; until [ -e go ]; do sleep 0.05; done)',
  )
  const stages = [await run.pid(0), await run.pid(1)]
  await until(() => text(run.folder, 'out').length === 100_000)
  const kilobytes = (pid: number): number =>
    Number(/^VmRSS:\s*(\d+)/m.exec(text(`/proc/${pid}`, 'status'))?.[1])
  // by then all buffers on the way are full
  await sleep(1500)
  const before = stages.map(kilobytes)
  await sleep(2500)
  stages.forEach((pid, i) => {
    const grown = kilobytes(pid) - before[i]!
    t.ok(grown < 8192, `${before[i]} KiB, and ${grown} more`)
  })
  writeFileSync(join(run.folder, 'go'), '')
  t.same(await run.ended, [0, 0])
})

t.test('a capture that is cut, replaced or growing while it is read', async t => {
  const folder = newFolder()
  const path = join(folder, 'big.pcap')
  const big = Buffer.concat([capture, ...Array(60).fill(capture.subarray(24))])
  const read = async (
    change: () => void,
  ): Promise<[code: number, err: string, out: Record<string, unknown>[]]> => {
    writeFileSync(path, big)
    const run = startPipe(
      '',
      [`pcap2json ${path}`],
      '| (head -c 100000; until [ -e go ]; do sleep 0.05; done; cat) > out',
    )
    await until(() => text(run.folder, 'out').length === 100_000)
    change()
    writeFileSync(join(run.folder, 'go'), '')
    const [code] = await run.ended
    return [code!, text(run.folder, 'err.0'), records(run.folder)]
  }
  const [code, err, out] = await read(() => truncateSync(path, 20_000_001))
  t.equal(code, 1)
  t.match(err, /big.pcap: packet \d+: the file ends within a record/)
  t.match(out.at(-1), { type: 'summary', stage: 'decode' })
  writeFileSync(join(folder, 'other'), 'something else')
  const [same, silence, all] = await read(() => renameSync(join(folder, 'other'), path))
  t.same([same, silence], [0, ''], 'the file that was opened is read on')
  const [grown, nothing, more] = await read(() => appendFileSync(path, capture.subarray(24)))
  t.same([grown, nothing], [0, ''])
  const packets = (some: Record<string, unknown>[]): number =>
    some.filter(({ type }) => type === 'packet').length
  t.equal(packets(more) - packets(all), packets(all) / 61, 'what is added in time is read as well')
})

t.test('a capture that is followed comes in pieces cut anywhere', async t => {
  const run = startPipe('', ['pcap2json --follow grows.pcap', 'flowtag', 'pldsink -o files'])
  const path = join(run.folder, 'grows.pcap')
  for (let at = 0; at < capture.length; at += 150_001) {
    appendFileSync(path, capture.subarray(at, at + 150_001))
    await sleep(100)
  }
  const pid = await run.pid(0)
  // flows that ended by themselves are told by now, and not those that wait for the end
  await until(() => filesOf(join(run.folder, 'files')).size === 47)
  await sleep(600)
  process.kill(pid, 'SIGTERM')
  t.same(await run.ended, [143, 0, 0])
  const cwd = newFolder()
  shell('pcap2json "$CAPTURE" | flowtag | pldsink -o files > out', cwd)
  t.same(filesOf(join(run.folder, 'files')), filesOf(join(cwd, 'files')))
})
