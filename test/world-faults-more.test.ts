import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tap from 'tap'
import { has, type Outcome, shell } from './support/bins.ts'
import { faulty, filesOf, records } from './support/world.ts'

// Faults where they are rarer: in the list of files, in folders that are made on the way, in indexes, in one capture of
// several, and in what is written and read back.

const skip = !has('strace') && 'no strace'

type Tap = typeof tap

/** A command with a fault of a call at a path; `before` has prepared the folder. */
function disturbed(
  fault: string,
  path: string | undefined,
  command: string,
  before = ':',
): Outcome & { cwd: string } {
  const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-world-'))
  shell(`cp "$CAPTURE" office.pcap; ${before}`, cwd)
  const outcome = faulty(fault, path, command, cwd)
  tap.ok(outcome.faults > 0, `${fault} ${path ?? ''} happened`)
  return { ...outcome, cwd }
}

const told = (t: Pick<Tap, 'match' | 'equal'>, outcome: Outcome, code: number, line: RegExp): void => {
  t.match(outcome.stderr, line)
  t.equal(outcome.code, code, outcome.stderr)
  t.equal(outcome.stderr.trimEnd().split('\n').length, 1, 'one line')
}

tap.test('an earlier run that cannot be read, or not be removed', { skip }, async t => {
  const before = 'pldump -q -w r office.pcap'
  const again = 'pldump -q --json -w r office.pcap'
  for (const fault of ['openat:error=EACCES', 'read:error=EIO']) {
    const outcome = disturbed(fault, 'r/payload/.pldpipe-manifest', again, before)
    told(t, outcome, 2, /manifest: the list of files of an earlier run cannot be read: (permission|i\/o)/)
    t.equal(filesOf(join(outcome.cwd, 'r/payload')).size, 47, 'what was there stays')
  }
  for (const error of ['EIO', 'EACCES']) {
    const outcome = disturbed(`unlink:error=${error}:when=2`, undefined, again, before)
    told(t, outcome, 2, /r\/payload: cannot be used as output folder: (i\/o error|permission denied)\n/)
    t.equal(shell(again, outcome.cwd).code, 0, 'half removed it is still our own')
    t.equal(filesOf(join(outcome.cwd, 'r/payload')).size, 47)
  }
  told(
    t,
    disturbed('unlink:error=EIO', 'r/office_flows.txt', `${again} -s`, `${before} -s`),
    2,
    /r: cannot be used as/,
  )
})

tap.test('folders that cannot be made on the way', { skip }, async t => {
  const command = "pldump -q --json --names '%A/%a-%B.%b' -w r office.pcap"
  const one = disturbed('mkdir:error=EACCES:when=5', undefined, command)
  told(t, one, 1, /could not be written whole: permission denied/)
  t.match(records(one.cwd).at(-1), { stage: 'sink', files: 46, failedFiles: 1 })
  const all = disturbed('mkdir:error=ENOSPC:when=8', undefined, command)
  told(t, all, 1, /and no more files are written: no space left/)
  t.match(records(all.cwd).at(-1), { stage: 'sink' })
})

tap.test('an index that cannot be written leaves all payload as it is', { skip }, async t => {
  for (const fault of ['pwrite64:error=EIO:when=1', 'openat:error=EACCES', 'close:error=EIO']) {
    const outcome = disturbed(fault, 'r/payload/23_A.index', 'pldump -q --json --index -w r office.pcap')
    told(t, outcome, 1, /23_A\.index: .* could not be written whole: /)
    t.match(records(outcome.cwd).at(-1), { stage: 'sink', files: 47, bytes: 354_345 })
  }
})

tap.test('one capture of several', { skip }, async t => {
  const before = 'for n in 0 1 2; do cp office.pcap d.pcap$n; done'
  const fault = 'pread64:error=EIO:when=1'
  const series = disturbed(fault, 'd.pcap1', 'pldump -q --json --series d.pcap0,2 -w r', before)
  told(t, series, 1, /d\.pcap1: cannot be read: i\/o error; it is left out/)
  t.match(
    records(series.cwd).find(({ stage }) => stage === 'capture'),
    { packets: 2 * 693 },
  )
  const each = disturbed(fault, 'd.pcap1', 'pldump --each d.pcap0 d.pcap1 d.pcap2 -w r', before)
  told(t, each, 1, /d\.pcap1: cannot be read: i\/o error; left out/)
  t.equal(readFileSync(join(each.cwd, 'out'), 'utf8').match(/: 693 packets, 63 flows, 47 files/g)?.length, 2)
})

tap.test('back to the capture', { skip }, async t => {
  const before = 'pcap2json office.pcap --payload ref | flowtag > tagged'
  told(
    t,
    disturbed('pread64:error=EIO', 'office.pcap', 'json2pcap tagged', before),
    1,
    /office\.pcap: cannot be read: i\/o error/,
  )
  for (const [call, why] of [
    ['write:error=ENOSPC:when=1', /no space left/],
    ['close:error=EIO:when=1', /i\/o error/],
  ] as const)
    told(
      t,
      disturbed(call, 'o.pcapng', 'json2pcap -w o.pcapng tagged', before),
      1,
      new RegExp(`o\\.pcapng: ${why.source}`),
    )
})

tap.test('selecting and following', { skip }, async t => {
  const before = 'pcap2json office.pcap | flowtag > tagged'
  for (const [command, when] of [
    ["flowsel -b 'flowInd > 3' tagged", 2],
    ['flowsel --aggr srcIP tagged', 1],
    ['flowsel --sort pktNo tagged', 1],
  ] as const) {
    const outcome = disturbed(`read:error=EIO:when=${when}`, 'tagged', command, before)
    told(t, outcome, 1, /tagged: cannot be read any further: i\/o error/)
    t.equal(readFileSync(join(outcome.cwd, 'out'), 'utf8'), '', 'no table of half the records')
  }
  told(
    t,
    disturbed('pread64:error=EIO:when=1', 'office.pcap', 'flowfollow -r office.pcap --all'),
    1,
    /office\.pcap: cannot be read/,
  )
})
