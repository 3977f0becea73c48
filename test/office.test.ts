import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { FlowRecord } from '../lib/index.ts'
import { CAPTURE, has, ROOT, shell } from './support/bins.ts'

/** What servers and clients said of themselves when the bundled capture was recorded. */
interface Expected {
  capture: { sha256: string }
  objects: {
    what: string
    name: string
    sha256: string
    where: {
      client: string
      clientPort: number | null
      server: string
      serverPort: number
      direction: 'client-to-server' | 'server-to-client'
    }
  }[]
  responses: unknown[]
}

const { objectIn } = (await import(join(ROOT, 'examples/capture/objects.mjs'))) as {
  objectIn: (stream: Buffer, object: unknown, responses: unknown[]) => Buffer
}
const expected = JSON.parse(readFileSync(join(ROOT, 'examples/capture/expected.json'), 'utf8')) as Expected
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

function flowOf(flows: FlowRecord[], { where }: Expected['objects'][0]): FlowRecord {
  const { client, clientPort, server, serverPort, direction } = where
  const up = direction === 'client-to-server'
  const found = flows.filter(
    flow =>
      flow.l4Proto === 6 &&
      flow.srcIP === (up ? client : server) &&
      flow.dstIP === (up ? server : client) &&
      (up ? flow.dstPort : flow.srcPort) === serverPort &&
      (clientPort === null || (up ? flow.srcPort : flow.dstPort) === clientPort),
  )
  t.equal(found.length, 1, `one flow of ${found.length}`)
  return found[0]!
}

t.test('the bundled capture is the recorded one', async t => {
  t.equal(sha256(readFileSync(CAPTURE)), expected.capture.sha256)
})

for (const [way, command] of [
  ['pldump', 'pldump --json $CAPTURE -w out'],
  ['the pipe', 'pcap2json $CAPTURE | flowtag | pldsink -o out'],
] as const) {
  t.test(`every file that was sent comes out of ${way}`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'pldpipe-office-'))
    const { stdout, code } = shell(command, folder)
    t.equal(code, 0)
    const flows = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as FlowRecord)
      .filter(record => record.type === 'flow')
    for (const object of expected.objects) {
      const flow = flowOf(flows, object)
      const stream = readFileSync(join(folder, 'out', flow.pldFile!))
      t.same(flow.pldGaps, [], 'nothing is missing')
      t.equal(
        sha256(objectIn(stream, object, expected.responses)),
        object.sha256,
        `${object.name}: ${object.what}`,
      )
    }
  })
}

t.test('tcpflow finds the same streams', { skip: has('tcpflow') ? false : 'needs tcpflow' }, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-tcpflow-'))
  shell('pldump -q $CAPTURE -w ours --no-udp; mkdir theirs; tcpflow -q -r $CAPTURE -o theirs', folder)
  const ours = shell(
    'cd ours/payload && find . -type f -size +0 ! -name ".*" -exec md5sum {} + | cut -d" " -f1 | sort',
    folder,
  )
  const theirs = shell(
    'cd theirs && find . -type f -size +0 ! -name report.xml -exec md5sum {} + | cut -d" " -f1 | sort',
    folder,
  )
  t.ok(ours.stdout.length > 0)
  t.equal(ours.stdout, theirs.stdout)
})
