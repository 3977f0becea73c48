import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CAPTURE, has, PATH, ROOT, shell } from './support/bins.ts'

const folder = (): string => mkdtempSync(join(tmpdir(), 'pldpipe-example-'))

function chain(name: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'examples/chains', name), ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, PATH },
    },
  )
  t.equal(status, 0, `${name} ends well: ${stderr}`)
  return stdout
}

t.test('count-by-port counts the ports of the bundled capture', async t => {
  const rows = chain('count-by-port.mjs', CAPTURE).trim().split('\n')
  const ports = rows.map(row => row.trim().split(/ +/)[0])
  for (const port of ['21', '25', '53', '80']) t.ok(ports.includes(port), `port ${port}`)
})

t.test('own-stage leaves one protocol and hides addresses', async t => {
  const out = join(folder(), 'out')
  t.match(chain('own-stage.mjs', CAPTURE, out), /^\d+ addresses hidden/)
  const files = readdirSync(out).filter(name => !name.startsWith('.'))
  t.ok(files.length >= 2)
  t.ok(files.every(name => /^(?:010\.099\.000\.|fd99:)/.test(name) && name.includes('.00021')))
})

t.test('json-array writes and reads one JSON document', async t => {
  const rows = chain('json-array.mjs', CAPTURE).trim().split('\n')
  t.ok(rows.length > 10)
  t.ok(rows.some(row => /^\d+_[AB] eth:ipv4:tcp \d+ packets$/.test(row)))
})

t.test('lines prints the names that were asked for', async t => {
  t.match(chain('lines.mjs', CAPTURE), /^\d+\.\d{6} \S+\.\S+/m)
})

t.test('custom-sink hashes what dumping writes', async t => {
  const lines = chain('custom-sink.mjs', CAPTURE).trim().split('\n')
  const out = folder()
  shell(`pldump -q $CAPTURE -w ${out} --no-udp`, out)
  const sums = shell('sha256sum *_*', join(out, 'payload')).stdout.trim().split('\n')
  t.same(lines.map(line => line.replace(/ \(.*/, '')).sort(), sums.sort())
})

const needsJq = has('jq') ? false : 'needs jq'

t.test('mail-and-ftp', { skip: needsJq }, async t => {
  const { stdout, code } = shell(`${ROOT}/examples/pipes/mail-and-ftp.sh $CAPTURE out`, folder())
  t.equal(code, 0)
  t.match(stdout, /^\d+_A \S+ > \S+ \d+ bytes$/m)
})

t.test('cut-for-wireshark', t => {
  const cwd = folder()
  const { code } = shell(`${ROOT}/examples/pipes/cut-for-wireshark.sh $CAPTURE 25 cut.pcapng`, cwd)
  t.equal(code, 0)
  const lines = (capture: string, rest: string): string =>
    shell(`pcap2json ${capture} ${rest} | grep -c '"type":"packet"'`, cwd).stdout
  t.equal(lines('cut.pcapng', ''), lines('$CAPTURE', "--filter 'tcp port 25'"), 'all that a filter finds')
  t.end()
})

t.test('top-talkers', { skip: needsJq }, async t => {
  const { stdout, code } = shell(`${ROOT}/examples/pipes/top-talkers.sh $CAPTURE`, folder())
  t.equal(code, 0)
  t.equal(stdout.trim().split('\n').length, 10)
})

t.test('missing-bytes finds a packet that was taken out', { skip: needsJq }, async t => {
  const cwd = folder()
  t.equal(
    shell(`${ROOT}/examples/pipes/missing-bytes.sh $CAPTURE`, cwd).stdout,
    '',
    'nothing is missing of the whole',
  )
  const { stdout } = shell(
    `pcap2json $CAPTURE | jq -c 'select(.snapL7Len != 1448 or (.pktNo % 50) != 0)' | flowtag | pldchunk | jq -c 'select(.type == "gap")'`,
    cwd,
  )
  t.ok(
    stdout
      .trim()
      .split('\n')
      .every(line => line === '' || JSON.parse(line).reason === 'absent'),
  )
})

t.test('one-host writes only what one host sent', { skip: needsJq }, async t => {
  const cwd = folder()
  const { stdout: host } = shell(
    `pcap2json --count 5 $CAPTURE | jq -r 'select(.srcIP) | .srcIP' | head -n 1`,
    cwd,
  )
  const { stdout, code } = shell(`${ROOT}/examples/pipes/one-host.sh $CAPTURE ${host.trim()} out`, cwd)
  t.equal(code, 0)
  for (const name of stdout.trim().split('\n').filter(Boolean)) t.match(name, /^\d+_[AB]$/)
})
