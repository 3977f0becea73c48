import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
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
const settled = (text: string, cwd: string): string =>
  text
    .replaceAll(ROOT, 'ROOT')
    .replaceAll(cwd, 'CWD')
    .replace(/"mtime":\d+/g, '"mtime":0')

const schema = JSON.parse(readFileSync(join(ROOT, 'docs/records.schema.json'), 'utf8')) as object
const valid = new Ajv2020({ allErrors: true }).compile(schema)
const KINDS = new Set('capture frame packet flow chunk gap overlap note summary'.split(' '))

/** The records in what was printed that the schema does not allow; lines that are no records of ours do not count. */
function invalid(stdout: string): string[] {
  return stdout.split('\n').filter(line => {
    if (!line.startsWith('{')) return false
    const record = JSON.parse(line) as { type?: string }
    return KINDS.has(record.type ?? '') && !valid(record)
  })
}

for (const name of readdirSync(FOLDER).sort()) {
  const folder = join(FOLDER, name)
  const command = readFileSync(join(folder, 'cmd'), 'utf8').trim()
  const missing = ['jq', 'tshark', 'tcpflow', 'tcpdump'].find(tool => command.includes(tool) && !has(tool))
  t.test(name, { skip: missing && `needs ${missing}` }, t => {
    const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-golden-'))
    const outcome = shell(command, cwd)
    const { code } = outcome
    const stdout = settled(outcome.stdout, cwd)
    const stderr = settled(outcome.stderr, cwd)
    if (process.env.UPDATE_GOLDENS) {
      if (stdout) writeFileSync(join(folder, 'stdout'), stdout)
      if (stderr) writeFileSync(join(folder, 'stderr'), stderr)
      if (code) writeFileSync(join(folder, 'code'), `${code}\n`)
    }
    t.equal(stdout, expected(join(folder, 'stdout')), 'stdout')
    t.equal(stderr, expected(join(folder, 'stderr')), 'stderr')
    t.same(invalid(outcome.stdout), [], 'records are as docs/records.schema.json says')
    t.equal(String(code), expected(join(folder, 'code')).trim() || '0', 'exit code')
    t.end()
  })
}
