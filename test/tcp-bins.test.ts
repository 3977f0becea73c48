import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { file, type Outcome, shell } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { ACK, URG } from './support/build-packets.ts'
import { A10, B10, client, handshake, timestamps } from './support/tcp-scenario.ts'

const frames = [
  ...handshake,
  client(0, A10, { options: timestamps(5) }),
  client(10, 'xxxxxxxxxx', { badChecksum: true, options: timestamps(6) }),
  client(10, 'yyyyyyyyyy', { options: timestamps(1) }),
  client(10, B10, { options: timestamps(7) }),
  client(20, 'u', { flags: ACK | URG, urg: 1, options: timestamps(8) }),
  client(21, 'CC', { options: timestamps(9) }),
]

/** What the file of direction A holds after a command that writes to `out` or `out/payload`. */
function run(command: string, path: string): { bytes: string; outcome: Outcome } {
  const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-tcp-bins-'))
  file(cwd, 'odd.pcap', pcap(frames))
  const outcome = shell(command, cwd)
  return { bytes: readFileSync(join(cwd, path), 'latin1'), outcome }
}

const OPTIONS = '--checksums --paws --urgent drop'

t.test('the options of TCP, in one process and in a pipe', async t => {
  t.equal(run('pldump -q odd.pcap -w out', 'out/payload/1_A').bytes, `${A10}xxxxxxxxxxuCC`)
  t.equal(run('pldump -q odd.pcap -w out --overlap overwrite', 'out/payload/1_A').bytes, `${A10}${B10}uCC`)
  const whole = run(`pldump odd.pcap -w out ${OPTIONS}`, 'out/payload/1_A')
  t.equal(whole.bytes, `${A10}${B10}\0CC`)
  t.match(whole.outcome.stderr, /checksum of a segment is wrong/)
  const facts = 'pcap2json --checksums --timestamps odd.pcap | flowtag'
  const piped = run(`${facts} | pldsink -o out ${OPTIONS}`, 'out/1_A')
  t.equal(piped.bytes, whole.bytes)
  const records = piped.outcome.stdout.split('\n').filter(line => line !== '')
  const flow = records.map(line => JSON.parse(line)).find(({ type, dir }) => type === 'flow' && dir === 'A')
  t.strictSame(flow.pldGaps, [{ offset: 20, length: 1, reason: 'filtered' }])
  t.equal(run(`${facts} | pldchunk ${OPTIONS} | pldsink -o out`, 'out/1_A').bytes, whole.bytes)
})

t.test('a pipe that was not asked for what is to be checked says so', async t => {
  const { bytes, outcome } = run(`pcap2json odd.pcap | flowtag | pldsink -o out ${OPTIONS}`, 'out/1_A')
  t.equal(bytes, `${A10}xxxxxxxxxx\0CC`)
  t.match(outcome.stderr, /decode them with --checksums/)
  t.match(outcome.stderr, /decode them with --timestamps/)
})

t.test('a policy that nobody knows is a usage error', async t => {
  const { stderr, code } = shell('pldump --overlap best x.pcap', tmpdir())
  t.match(stderr, /--overlap takes first, last, bsd, /)
  t.equal(code, 2)
})
