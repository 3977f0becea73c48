import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { has, ROOT, shell } from './support/bins.ts'

/**
 * Command lines with what they must print: each folder of test/bins holds `cmd`, and what is expected as `stdout`,
 * `stderr` (both empty if absent) and `code` (0 if absent). `UPDATE_GOLDENS=1` writes what is printed now, to be looked
 * at before it is committed.
 */
const FOLDER = join(ROOT, 'test/bins')

const expected = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')

/** What differs from machine to machine: paths, and when a file was checked out. */
const settled = (text: string): string =>
  text.replaceAll(ROOT, 'ROOT').replace(/"mtime":\d+/g, '"mtime":0')

for (const name of readdirSync(FOLDER).sort()) {
  const folder = join(FOLDER, name)
  const command = readFileSync(join(folder, 'cmd'), 'utf8').trim()
  const missing = ['jq', 'tshark', 'tcpflow', 'tcpdump'].find(tool => command.includes(tool) && !has(tool))
  t.test(name, { skip: missing && `needs ${missing}` }, t => {
    const { stdout, stderr, code } = shell(command, mkdtempSync(join(tmpdir(), 'pldpipe-golden-')))
    if (process.env.UPDATE_GOLDENS) {
      if (stdout) writeFileSync(join(folder, 'stdout'), settled(stdout))
      if (stderr) writeFileSync(join(folder, 'stderr'), settled(stderr))
      if (code) writeFileSync(join(folder, 'code'), `${code}\n`)
    }
    t.equal(settled(stdout), expected(join(folder, 'stdout')), 'stdout')
    t.equal(settled(stderr), expected(join(folder, 'stderr')), 'stderr')
    t.equal(String(code), expected(join(folder, 'code')).trim() || '0', 'exit code')
    t.end()
  })
}
