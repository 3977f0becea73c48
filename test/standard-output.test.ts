import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CAPTURE, PATH, PLAIN_NODE } from './support/bins.ts'

t.test('a script that shares its output with a bin goes on writing to it', t => {
  // node gives a child a socket, which ends for everybody who has it
  const commands = [
    'pcap2json --count 1 "$CAPTURE"',
    'pldump --json --no-files -w out "$CAPTURE"',
    'echo done',
  ]
  const { stdout, status } = spawnSync('sh', ['-c', PLAIN_NODE + commands.join(';')], {
    cwd: mkdtempSync(join(tmpdir(), 'pldpipe-output-')),
    env: { ...process.env, PATH, CAPTURE },
    encoding: 'utf8',
  })
  t.equal(status, 0)
  t.match(stdout, /^\{"type":"capture".*\ndone\n$/s)
  t.end()
})
