// Dumps the bundled capture and shows what a newcomer wants to see: flows, files, and the FTP dialogue.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const capture = join(root, 'examples/capture/office.pcap')
const results = join(mkdtempSync(join(tmpdir(), 'pldpipe-demo-')), 'results')

function pldump(...args) {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [join(root, 'dist/bin/pldump.js'), ...args],
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
process.stdout.write(pldump(capture, '-w', results))

const flows = pldump(capture, '-w', results, '--json')
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
  const other = ftp.pldFile.replace(/A$/, 'B')
  heading(`$ head -n 4 results/${other}`)
  console.log(readFileSync(join(results, other), 'utf8').split('\n').slice(0, 4).join('\n'))
}

const folder = join(results, 'payload')
const largest = readdirSync(folder)
  .map(name => ({ name, size: statSync(join(folder, name)).size }))
  .sort((a, b) => b.size - a.size)[0]
console.log(`\nThe largest file is ${largest.name} with ${largest.size} bytes. All of them: ${folder}`)
