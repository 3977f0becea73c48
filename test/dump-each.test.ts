import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { distinctNames } from '../lib/cli/dump-each.ts'
import { CAPTURE, shell } from './support/bins.ts'

/** A folder with the bundled capture under several names, and a file that is none. */
function captures(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-each-'))
  mkdirSync(join(folder, 'in/b'), { recursive: true })
  for (const name of ['in/mail.pcap', 'in/mail.cap', 'in/b/mail.pcap', 'in/web.pcap']) {
    copyFileSync(CAPTURE, join(folder, name))
  }
  writeFileSync(join(folder, 'in/bad.pcap'), 'no capture at all, though it is long enough to be one')
  return folder
}

/** All files below a folder with their contents. */
function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  return new Map(
    files
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name)
        return [path.slice(folder.length), readFileSync(path, 'latin1')] as const
      })
      .sort(),
  )
}

t.test('each capture gets what a run of its own gives', async t => {
  const folder = captures()
  const alone = shell('pldump -q -s in/web.pcap -w alone', folder)
  const each = shell('pldump -q -s --each in/mail.pcap in/web.pcap -w out', folder)
  t.same([alone.code, each.code], [0, 0])
  t.same(readdirSync(join(folder, 'out')), ['mail', 'web'])
  const [one, other] = [contents(join(folder, 'alone')), contents(join(folder, 'out/web'))]
  // they say when and by which command they were made
  for (const files of [one, other]) files.delete('/web_headers.txt')
  t.same(other, one)
})

t.test('names that would collide get a number', async t => {
  const folder = captures()
  const { stdout, code } = shell('pldump --each in/mail.pcap in/mail.cap in/b/mail.pcap -w out', folder)
  t.equal(code, 0)
  t.same(readdirSync(join(folder, 'out')), ['mail', 'mail_2', 'mail_3'])
  t.match(
    stdout.split('\n')[1],
    /^in\/mail\.cap -> out\/mail_2: 693 packets, 63 flows, \d+ files, \d+ bytes$/,
  )
  t.same(distinctNames(['a', 'a_2', 'a', 'A']), ['a', 'a_2', 'a_3', 'A_4'])
})

t.test('without --write each has its folder beside the others', async t => {
  const folder = captures()
  t.equal(shell('pldump -q --each in/mail.pcap in/web.pcap', folder).code, 0)
  t.same(readdirSync(folder).sort(), ['in', 'mail.pld', 'web.pld'])
})

t.test('a capture that cannot be read is told and left out', async t => {
  const folder = captures()
  const { stdout, stderr, code } = shell('pldump --each in/bad.pcap in/none.pcap in/web.pcap -w out', folder)
  t.equal(code, 1)
  t.equal(stdout.split('\n').length, 2)
  t.match(stderr, /^pldump: in\/bad\.pcap: .*; left out\npldump: in\/none\.pcap: .*; left out\n$/)
  t.same(readdirSync(join(folder, 'out')), ['web'])
})

t.test('so is one whose folder holds something else', async t => {
  const folder = captures()
  mkdirSync(join(folder, 'out/mail/payload'), { recursive: true })
  writeFileSync(join(folder, 'out/mail/payload/mine'), 'mine')
  const { stderr, code } = shell('pldump -q --each in/mail.pcap in/web.pcap -w out', folder)
  t.equal(code, 1)
  t.match(stderr, /^pldump: .*out\/mail\/payload: holds .*; left out\n$/)
  t.same(readdirSync(join(folder, 'out/mail/payload')), ['mine'])
  t.ok(readdirSync(join(folder, 'out/web/payload')).length > 0)
})

t.test('records of all come one capture behind the other', async t => {
  const folder = captures()
  const { stdout, code } = shell('pldump --json --each in/mail.pcap in/web.pcap -w out', folder)
  t.equal(code, 0)
  const records = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  t.same(
    records.filter(({ type }) => type === 'capture').map(({ file }) => file),
    ['in/mail.pcap', 'in/web.pcap'],
  )
  const flows = records.filter(({ type }) => type === 'flow').map(({ flowInd }) => flowInd)
  t.ok(flows.length > 0)
  t.same(flows.slice(flows.length / 2), flows.slice(0, flows.length / 2), 'flows are counted anew')
})

t.test('reports as JSON are a line each', async t => {
  const folder = captures()
  const { stdout } = shell('pldump --report json --each in/mail.pcap in/web.pcap -w out', folder)
  const folders = stdout
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { folder: string }).folder)
  t.same(folders, ['out/mail/payload', 'out/web/payload'])
})

t.test('lists and logs', async t => {
  const folder = captures()
  writeFileSync(join(folder, 'list'), 'in/mail.pcap\nin/web.pcap\n')
  const { stdout, code } = shell('pldump -l --each -R list -w out', folder)
  t.same([stdout, code], ['', 0])
  t.match(readFileSync(join(folder, 'out/web/web_log.txt'), 'utf8'), /Processed packets/i)
})

t.test('what has no place beside it is refused before anything is written', async t => {
  const folder = captures()
  for (const wrong of [
    '--series in/mail',
    '-c in/web.pcap',
    '--follow in/web.pcap',
    "--filter 'prot x' in/web.pcap",
  ]) {
    const { stderr, code } = shell(`pldump --each -w out ${wrong}`, folder)
    t.equal(code, 2, stderr)
    t.same(readdirSync(folder), ['in'])
  }
})
