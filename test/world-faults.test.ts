import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CAPTURE, has, type Outcome, shell } from './support/bins.ts'
import { faulty, filesOf, records } from './support/world.ts'

// Faults of the system in the middle of a run, made by strace for one call, or one file, or from one call on; by a file
// system that is full; and by limits of the shell.

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'pldpipe-world-'))

/** A capture that is large enough for a second thread to write the files: the bundled one again and again. */
const folder = newFolder()
const large = join(folder, 'large.pcap')
const bytes = readFileSync(CAPTURE)
const packets = bytes.subarray(24)
writeFileSync(large, Buffer.concat([bytes.subarray(0, 24), ...Array(80).fill(packets)]))

const undisturbed = (capture: string, options: string): Map<string, Buffer> => {
  const cwd = newFolder()
  shell(`pldump -q --json ${options} -w r ${capture} > out`, cwd)
  return filesOf(join(cwd, 'r/payload'))
}

/** The command with a fault, and what its output says of files. */
function disturbed(fault: string, path: string | undefined, command: string, cwd = newFolder()): Outcome {
  const outcome = faulty(fault, path, command, cwd)
  t.ok(outcome.faults > 0, `${fault} ${path ?? ''} happened`)
  return { ...outcome, stdout: cwd }
}

for (const [thread, capture] of [
  ['one thread', '"$CAPTURE"'],
  ['a thread that writes', large],
] as const) {
  t.test(`faults at payload files, ${thread}`, { skip: !has('strace') && 'no strace' }, async t => {
    const whole = undisturbed(capture, '')
    const cases: [fault: string, path: string | undefined, message: RegExp, all?: true][] = [
      ['pwrite64:error=ENOSPC:when=5', undefined, /, and no more files are written: no space left/, true],
      [
        'pwrite64:error=EDQUOT:when=5',
        undefined,
        /, and no more files are written: disk quota exceeded/,
        true,
      ],
      ['pwrite64:error=EIO:when=5', undefined, /could not be written whole: i\/o error/],
      ['pwritev:error=ENOSPC:when=2', undefined, /, and no more files are written: no space left/, true],
      ['openat:error=EACCES', 'r/payload/23_A', /^pldump: payload\/23_A: .* whole: permission denied/],
      ['utimensat:error=EIO', 'r/payload/23_A', /^pldump: payload\/23_A: .* whole: i\/o error/],
      ['close:error=EIO:when=1', 'r/payload/23_A', /^pldump: payload\/23_A: .* whole: i\/o error/],
      [
        'write:error=ENOSPC:when=2',
        'r/payload/.pldpipe-manifest',
        /^pldump: \S*-manifest: the list of files/,
        true,
      ],
    ]
    // a thread has nothing of its own but that it tells of faults in a message
    for (const [fault, path, message, all] of thread === 'one thread' ? cases : cases.slice(1, 5)) {
      const { stdout: cwd, stderr, code } = disturbed(fault, path, `pldump --json -w r ${capture}`)
      t.equal(code, 1, fault)
      t.match(stderr, message)
      const files = filesOf(join(cwd, 'r/payload'))
      const flows = records(cwd).filter(({ type, pldStat }) => type === 'flow' && pldStat !== '0x00')
      const failed = flows.filter(({ pldStat }) => (Number(pldStat) & 0x80) !== 0)
      t.ok(all ? failed.length > 1 : failed.length === 1, `${failed.length} of ${flows.length} failed`)
      for (const { flowInd, dir, pldStat } of flows) {
        const name = `${flowInd}_${dir}`
        if ((Number(pldStat) & 0x80) !== 0 || !whole.has(name)) continue
        if (files.get(name)?.equals(whole.get(name)!) !== true) t.fail(`${name} is not whole`)
      }
      t.match(
        records(cwd).find(({ code }) => code === 'write-failed'),
        { level: 'error' },
      )
      t.match(records(cwd).at(-1), { type: 'summary', stage: 'sink', failedFiles: failed.length })
    }
  })
}

t.test('a file that cannot be opened for want of descriptors is opened with fewer', async t => {
  if (!has('strace')) return t.pass('no strace')
  const { stdout: cwd, code } = disturbed(
    'openat:error=EMFILE:when=1',
    'r/payload/23_A',
    'pldump --json -w r "$CAPTURE"',
  )
  t.equal(code, 0)
  t.same(filesOf(join(cwd, 'r/payload')), undisturbed('"$CAPTURE"', ''))
  const limited = shell('ulimit -n 64; pldump -q --json --pcap -s -w r "$CAPTURE" > out', newFolder())
  t.same([limited.code, limited.stderr], [0, ''])
})

t.test('faults at texts and captures leave the payload files as they are', async t => {
  if (!has('strace')) return t.pass('no strace')
  const whole = undisturbed('"$CAPTURE"', '')
  const cases: [fault: string, path: string, code: number, message: RegExp][] = [
    ['write:error=ENOSPC:when=2', 'r/office_flows.txt', 1, /office_flows.txt: could not be written whole/],
    ['write:error=EIO:when=2', 'r/office_packets.txt', 1, /office_packets.txt: could not be written whole/],
    ['close:error=EIO:when=1', 'r/office_flows.txt', 1, /office_flows.txt: could not be written whole/],
    ['write:error=EIO:when=1', 'r/pcap/18.pcapng', 1, /18.pcapng: could not be written whole: i\/o error/],
    [
      'write:error=ENOSPC:when=1',
      'r/pcap/18.pcapng',
      1,
      /18.pcapng: .* no more captures are written: no space/,
    ],
    ['close:error=EIO:when=1', 'r/pcap/18.pcapng', 1, /18.pcapng: could not be written whole: i\/o error/],
    ['utimensat:error=EIO', 'r/pcap/18.pcapng', 1, /18.pcapng: could not be written whole: i\/o error/],
    [
      'write:error=EIO:when=2',
      'r/pcap/.pldpipe-manifest',
      1,
      /-manifest: .* no more captures are written: i/,
    ],
    ['mkdir:error=EDQUOT:when=1', 'r', 2, /: cannot be used as output folder: disk quota exceeded/],
  ]
  for (const [fault, path, code, message] of cases) {
    const outcome = disturbed(fault, path, 'pldump --json --pcap -s -w r "$CAPTURE"')
    t.equal(outcome.code, code, `${fault} ${path}`)
    t.match(outcome.stderr, message)
    if (code === 2) continue
    t.same(filesOf(join(outcome.stdout, 'r/payload')), whole)
    t.ok(records(outcome.stdout).some(({ stage }) => stage === 'sink'))
  }
})

t.test('a capture that cannot be read to its end is worked off as far as it goes', async t => {
  if (!has('strace')) return t.pass('no strace')
  const cwd = newFolder()
  writeFileSync(join(cwd, 'large.pcap'), readFileSync(large))
  for (const command of ['pldump --json -w r large.pcap', 'pcap2json large.pcap']) {
    const outcome = disturbed('pread64:error=EIO:when=3', 'large.pcap', command, cwd)
    t.equal(outcome.code, 1)
    t.match(outcome.stderr, /large.pcap: packet \d+: cannot be read any further: i\/o error/)
    const some = records(cwd)
    t.match(some.at(-1), { type: 'summary' })
    t.match(
      some.find(({ code }) => code === 'read-failed'),
      { level: 'error', file: 'large.pcap' },
    )
  }
  const outcome = disturbed('pread64:error=EIO:when=1', 'large.pcap', 'pcap2json large.pcap', cwd)
  t.match(outcome.stderr, /large.pcap: cannot be read: i\/o error/)
  t.equal(outcome.code, 1)
})

t.test('records that cannot be read to their end', async t => {
  if (!has('strace')) return t.pass('no strace')
  const cwd = newFolder()
  shell('pcap2json "$CAPTURE" | flowtag > tagged', cwd)
  for (const [command, read] of [
    ['pldsink -o r tagged', 2],
    ['flow2txt tagged', 2],
    // reads more at a time
    ['flowsel "flowInd > 0" tagged', 1],
  ] as const) {
    const outcome = disturbed(`read:error=EIO:when=${read}`, 'tagged', command, cwd)
    t.equal(outcome.code, 1, command)
    t.match(outcome.stderr, /tagged: cannot be read any further: i\/o error/)
  }
})

t.test('limits and full devices', async t => {
  const cwd = newFolder()
  const told = (command: string, code: number, stderr: RegExp): void => {
    const outcome = shell(command, cwd)
    t.equal(outcome.code, code, command)
    t.match(outcome.stderr, stderr)
  }
  told(
    'ulimit -f 2; pldump --json -w r "$CAPTURE" | cat > /dev/null; pldump -q -w r2 "$CAPTURE"',
    1,
    /: file too large/,
  )
  shell('pcap2json "$CAPTURE" | flowtag > tagged', cwd)
  const full = /^\w+: standard output: no space left on device\n$/
  for (const command of [
    'pcap2json "$CAPTURE"',
    'flowtag tagged',
    'pldchunk tagged',
    'pldsink -o s tagged',
    'flow2txt tagged',
    'flowfollow --all < tagged',
    "flowsel 'flowInd > 0' tagged",
    'json2pcap tagged',
    'pldump --json --no-files "$CAPTURE"',
    'pldump -w t "$CAPTURE"',
    'pldump -c "$CAPTURE"',
  ])
    told(`${command} > /dev/full`, 1, full)
  told(
    'TMPDIR=/dev/null flowsel -b "flowInd > 0" < tagged',
    1,
    /^flowsel: \/dev\/null: the input cannot be kept in a/,
  )
  for (const bin of [
    'pcap2json',
    'pldump',
    'flowtag',
    'pldsink',
    'flow2txt',
    "flowsel 'flowInd > 0'",
    'json2pcap',
  ])
    told(`${bin} < /tmp`, 2, /: standard input: is a (directory|folder)\n$/)
  told('flowtag /tmp', 2, /: \/tmp: is a directory\n$/)
  told('pcap2json <&-', 2, /: standard input: is empty\n$/)
  for (const bin of ['flowtag', 'pldsink', "flowsel 'flowInd > 0'"]) told(`${bin} <&-`, 0, /^$/)
  for (const bin of ['pcap2json', 'pldump -w u', 'pldump --json -w u']) told(`${bin} "$CAPTURE" >&-`, 0, /^$/)
})

t.test('a full file system', async t => {
  const cwd = newFolder()
  mkdirSync(join(cwd, 'small'))
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'none', join(cwd, 'small')])
  if (mount.status !== 0) return t.pass('no right to mount a file system')
  t.teardown(() => spawnSync('umount', [join(cwd, 'small')]))
  const whole = undisturbed('"$CAPTURE"', '')
  for (const command of [
    'pldump --json "$CAPTURE" -w small/r',
    'pcap2json "$CAPTURE" | flowtag | pldsink -o small/r/payload',
  ]) {
    shell('rm -rf small/r', cwd)
    const { code, stderr } = shell(`${command} > out`, cwd)
    t.equal(code, 1)
    t.match(stderr, /: (payload\/)?\d+_[AB]: .*, and no more files are written: no space left on device\n/)
    const files = filesOf(join(cwd, 'small/r/payload'))
    const flows = records(cwd).filter(({ type, pldFile }) => type === 'flow' && pldFile !== undefined)
    const kept = flows.filter(({ pldStat }) => (Number(pldStat) & 0x80) === 0)
    t.ok(kept.length > 0 && kept.length < whole.size, `${kept.length} of ${whole.size} whole`)
    for (const { flowInd, dir } of kept)
      t.same(files.get(`${flowInd}_${dir}`), whole.get(`${flowInd}_${dir}`), `${flowInd}_${dir}`)
  }
  const { code, stderr } = shell(
    'rm -rf small/*; TMPDIR=$PWD/small; export TMPDIR; pcap2json "$CAPTURE" | flowtag | flowsel -b "flowInd > 0" > out',
    cwd,
  )
  t.equal(code, 1)
  t.match(
    stderr,
    /small: the input cannot be kept in a temporary file for a second look: no space left on device/,
  )
})
