// Extracts from the captures of a recording and from thinned-out copies of them, and compares with what was sent:
// `verify.mjs [--json] [--sctp] FOLDER…`. Exit 1 if anything that was extracted is wrong. Needs the built programs.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compare } from './compare.mjs'
import { thin } from './thin.mjs'

const PLDUMP = process.env.PLDUMP ?? fileURLToPath(new URL('../../dist/bin/pldump.js', import.meta.url))
const THINNED = {
  'a little thinned': { seed: 1, drop: 0.03, cut: 0.02 },
  'half gone': { seed: 2, drop: 0.5, cut: 0.1 },
}
const args = process.argv.slice(2)
const folders = args.filter(arg => !arg.startsWith('--'))
const sctp = args.includes('--sctp')

const extract = (pcap, work, name) => {
  const capture = join(work, `${name}.pcap`)
  const folder = join(work, name)
  writeFileSync(capture, pcap)
  const options = [
    '--json',
    '--quiet',
    '--flow-timeout',
    '0',
    ...(sctp ? ['--sctp'] : []),
    '-w',
    folder,
    capture,
  ]
  const lines = execFileSync(process.execPath, [PLDUMP, ...options], { encoding: 'utf8', maxBuffer: 1 << 28 })
  const records = lines
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const flows = records.filter(({ type }) => type === 'flow')
  return { flows, read: path => readFileSync(join(folder, path)) }
}

const verify = folder => {
  const work = mkdtempSync(join(tmpdir(), 'sender-'))
  const { conversations, link, about } = JSON.parse(readFileSync(join(folder, 'sent.json'), 'utf8'))
  const results = []
  for (const side of ['client', 'server']) {
    const whole = readFileSync(join(folder, `${side}.pcap`))
    const captures = Object.entries(THINNED).map(([name, how]) => [name, thin(whole, how)])
    for (const [capture, pcap] of [['whole', whole], ...captures]) {
      const extracted = extract(pcap, work, `${side} ${capture}`)
      const found = compare({ conversations, pcap, whole, side, sctp, ...extracted })
      results.push(...found.map(result => ({ capture, side, ...result })))
    }
  }
  rmSync(work, { recursive: true })
  return { about, link, conversations: conversations.length, results }
}

const count = (list, test) => list.filter(test).length

const table = results => {
  const rows = []
  for (const capture of ['whole', ...Object.keys(THINNED)]) {
    for (const kind of new Set(results.map(result => result.kind))) {
      const these = results.filter(result => result.capture === capture && result.kind === kind)
      rows.push({
        capture,
        kind,
        directions: these.length,
        bytes: these.reduce((sum, { bytes }) => sum + bytes, 0),
        identical: count(these, ({ verdict }) => verdict === 'identical'),
        gaps: count(these, ({ verdict }) => verdict === 'gaps'),
        wrong: count(these, ({ verdict }) => verdict === 'wrong'),
        'start unseen': count(these, ({ head }) => head === 'unnamed'),
        'end unseen': count(these, ({ tail }) => tail === 'unnamed'),
        'FIN told': count(these, ({ tail }) => tail === 'unnamed, told'),
      })
    }
  }
  return rows
}

let failed = false
for (const folder of folders) {
  const { results, ...run } = verify(folder)
  const wrong = results.filter(({ verdict }) => verdict === 'wrong')
  const rows = table(results)
  if (args.includes('--json')) console.log(JSON.stringify({ folder, ...run, table: rows, wrong }))
  else {
    console.log(
      `${folder}: ${run.conversations} conversations, seed ${run.about.seed}, ${run.about.recorded}`,
    )
    console.table(run.link.profiles)
    console.table(rows)
    for (const { capture, side, kind, id, direction, profile } of wrong.slice(0, 20)) {
      console.log(`wrong: ${kind} ${id} ${direction} (${profile}) at the ${side}, ${capture}`)
    }
  }
  failed ||= wrong.length > 0
}
process.exitCode = folders.length > 0 && !failed ? 0 : 1
