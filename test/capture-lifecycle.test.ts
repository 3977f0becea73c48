import { execFileSync, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, createWriteStream, openSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { openCapture } from '../lib/capture/open-capture.ts'
import { pcap, pcapRecord } from './support/build-capture.ts'
import { files, harvest, nextBatch, noisy, readFiles, settle } from './support/capture-rows.ts'

const frame = (text: string): Buffer => Buffer.from(text)

/** Whether this process has the file open. */
function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path
    } catch {
      return false
    }
  })
}
const hasProc = process.platform === 'linux' ? false : 'needs /proc'

t.test('abort, destroy and the end close the file', { skip: hasProc }, async t => {
  const [path] = files(t, { many: pcap(noisy(2000)) })
  const controller = new AbortController()
  const aborted = openCapture(path!, { slabBytes: 1000, signal: controller.signal })
  await nextBatch(aborted)
  t.ok(isOpen(path!))
  const failed = once(aborted, 'error')
  controller.abort()
  t.match((await failed)[0], { name: 'AbortError' })
  if (!aborted.closed) await once(aborted, 'close')
  t.notOk(isOpen(path!))

  const destroyed = openCapture(path!, { slabBytes: 1000 })
  await nextBatch(destroyed)
  destroyed.destroy()
  await once(destroyed, 'close')
  t.notOk(isOpen(path!))

  for await (const _ of openCapture(path!, { slabBytes: 1000 })) break
  await turn()
  await readFiles(path!)
  t.notOk(isOpen(path!))
})

t.test('stop ends the input and leaves nothing to complain of', async t => {
  const [path] = files(t, { many: pcap(noisy(2000)) })
  const source = openCapture(path!, { slabBytes: 1000 })
  const first = await nextBatch(source)
  source.stop()
  const { rows, notes, summary } = await harvest(source)
  t.strictSame(notes, [])
  t.ok(rows.length < 100)
  t.equal(summary?.packets, first.rows + rows.length)
})

t.test(
  'pipes with a name: waited for, read as they come, stopped and destroyed at any time',
  { skip: hasProc },
  async t => {
    const path = join(t.testdir(), 'fifo')
    execFileSync('mkfifo', [path])
    const source = openCapture(path)
    const first = nextBatch(source)
    const writer = createWriteStream(path)
    writer.write(pcap([frame('one')]))
    const batch = await first
    t.match(
      [batch.rows, batch.fileOffset, batch.capture?.size, source.bytesTotal],
      [1, -1, undefined, undefined],
    )
    const rest = harvest(source)
    await new Promise(written => writer.write(pcapRecord(frame('two')).subarray(0, 9), written))
    source.stop()
    t.match(await rest, { rows: [], notes: [], summary: { packets: 1 } })
    writer.destroy()
    await once(writer, 'close')

    const silent = openCapture(path)
    const second = createWriteStream(path)
    const written = new Promise(done => second.write(pcap([frame('one')]), done))
    await nextBatch(silent)
    await written
    silent.destroy()
    await once(silent, 'close')
    second.destroy()
    await once(second, 'close')

    const whole = readFiles(path)
    createWriteStream(path).end(gzipSync(pcap([frame('one'), frame('two')])))
    t.match(await whole, { captures: [{ compression: 'gzip', size: undefined }], rows: [{}, {}], notes: [] })

    const unopened = openCapture(path)
    unopened.resume()
    await settle()
    unopened.destroy()
    await once(unopened, 'close')
    t.ok(unopened.destroyed)
  },
)

/** Runs a script in a process of its own, with standard input as given, and gives what it prints. */
async function child(script: string, stdio: StdioOptions, input?: Uint8Array): Promise<string> {
  const loader = process.execArgv.filter(word => word.startsWith('--import'))
  const run = spawn(process.execPath, [...loader, '--input-type=module', '-e', script], { stdio })
  run.stdin?.end(input)
  const out: Buffer[] = await run.stdout!.toArray()
  return Buffer.concat(out).toString()
}

t.test('standard input, as pipe and as file', async t => {
  const script = (path: string): string => `
    const { openCapture } = await import(${JSON.stringify(new URL('../lib/capture/open-capture.ts', import.meta.url))})
    const batches = await openCapture(${JSON.stringify(path)}).toArray()
    console.log(batches.map(batch => batch.rows), batches[0].capture.file, batches[0].capture.size)`
  const bytes = pcap([frame('one'), frame('two')])
  const [path] = files(t, { 'in.pcap': bytes })
  for (const name of ['-', '/dev/stdin']) {
    t.equal(await child(script(name), ['pipe', 'pipe', 'inherit'], bytes), `[ 2, 0 ] ${name} undefined\n`)
  }
  const fd = openSync(path!, 'r')
  t.equal(await child(script('-'), [fd, 'pipe', 'inherit']), '[ 2, 0 ] - undefined\n')
  closeSync(fd)
})
