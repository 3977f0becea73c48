// Dumps the bundled capture and shows what a newcomer wants to see: flows, files, and the FTP dialogue.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const capture = join(root, 'examples/capture/office.pcap')
const results = join(mkdtempSync(join(tmpdir(), 'pldpipe-demo-')), 'results')

function run(bin, ...args) {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [join(root, `dist/bin/${bin}.js`), ...args],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  )
  if (status !== 0) {
    console.error(error ?? stderr)
    process.exit(1)
  }
  return stdout
}

const heading = text => console.log(`\n${text}\n${'-'.repeat(text.length)}`)
const width = (values, least = 0) => Math.max(least, ...values.map(value => String(value).length))

heading(`$ pldump ${relative(root, capture)} -w results`)
const report = run('pldump', capture, '-w', results).split('\n')
const TOLD =
  /^(Dump st|Total dump|Number of processed (packets|bytes| +flows)|payloadDumper|Headers|Number of (TCP|UDP) p)/
console.log(report.filter(line => TOLD.test(line)).join('\n'))
console.log(`… of a report of ${report.length} lines`)

const flows = run('pldump', capture, '-w', results, '--json')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))
  .filter(record => record.type === 'flow')
  .sort((a, b) => a.flowInd - b.flowInd || (a.dir < b.dir ? -1 : 1))

const withPayload = flows.filter(flow => flow.pldFile)
heading(`The ${withPayload.length} flow directions with payload, of ${flows.length}`)
const end = (address, port) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)
const rows = withPayload.map(flow => ({
  file: flow.pldFile,
  from: end(flow.srcIP, flow.srcPort),
  to: end(flow.dstIP, flow.dstPort),
  bytes: flow.pldBytes,
}))
const columns = {
  file: width(rows.map(row => row.file)),
  from: width(rows.map(row => row.from)),
  to: width(rows.map(row => row.to)),
}
for (const { file, from, to, bytes } of rows.slice(0, 14)) {
  console.log(
    `${file.padEnd(columns.file)}  ${from.padEnd(columns.from)} > ${to.padEnd(columns.to)} ${String(bytes).padStart(8)}`,
  )
}
if (rows.length > 14) console.log(`… and ${rows.length - 14} more`)

const ftp = withPayload.find(flow => flow.dstPort === 21)
if (ftp !== undefined) {
  heading(`$ cat results/${ftp.pldFile}`)
  process.stdout.write(readFileSync(join(results, ftp.pldFile), 'utf8'))
  heading(`$ flowfollow -r ${relative(root, capture)} ${ftp.flowInd} | head -n 12`)
  const dialogue = run('flowfollow', '-r', capture, String(ftp.flowInd)).split('\n')
  console.log(dialogue.slice(0, 12).join('\n'))
}

heading(`$ flowsel '$dstPort==25' results/office_flows.txt --fields dir,flowInd,srcIP,dstIP,pldStat`)
const fields = ['--fields', 'dir,flowInd,srcIP,dstIP,pldStat']
process.stdout.write(run('flowsel', '$dstPort==25', join(results, 'office_flows.txt'), ...fields))

const folder = join(results, 'payload')
const largest = readdirSync(folder)
  .map(name => ({ name, size: statSync(join(folder, name)).size }))
  .sort((a, b) => b.size - a.size)[0]
console.log(`\nThe largest file is ${largest.name} with ${largest.size} bytes. All of them: ${folder}`)
