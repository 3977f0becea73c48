// Holds office.pcap against expected.json with tshark, which shares no code with this project:
// `node verify.mjs [FOLDER]`. Exit 1 if anything differs.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { objectIn } from './objects.mjs'

const folder = process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url))
const capture = join(folder, 'office.pcap')
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')
const options = { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] }
const tshark = (...args) => execFileSync('tshark', ['-r', capture, ...args], options)
let failures = 0

const check = (what, good) => {
  console.log(`${good ? 'ok  ' : 'FAIL'} ${what}`)
  if (!good) failures++
}

const streamOf = ({ client, clientPort, server, serverPort }) => {
  const ip = server.includes(':') ? 'ipv6' : 'ip'
  const ports = clientPort === null ? '' : ` && tcp.port == ${clientPort}`
  const filter = `${ip}.addr == ${server} && ${ip}.addr == ${client} && tcp.port == ${serverPort}${ports}`
  const numbers = new Set(tshark('-Y', filter, '-T', 'fields', '-e', 'tcp.stream').trim().split('\n'))
  if (numbers.size !== 1) throw new Error(`${filter}: ${numbers.size} streams`)
  return [...numbers][0]
}

// tshark prints hex lines, those of its "Node 1" behind a tab
const bytesOf = where => {
  const text = tshark('-q', '-z', `follow,tcp,raw,${streamOf(where)}`)
  const node0 = /^Node 0: (.*):\d+$/m.exec(text)[1].replace(/[[\]]/g, '')
  const sender = where.direction === 'server-to-client' ? where.server : where.client
  const pattern = node0 === sender ? /^[0-9a-f]+$/gm : /^\t[0-9a-f]+$/gm
  return Buffer.from((text.match(pattern) ?? []).join('').replaceAll('\t', ''), 'hex')
}

check('the capture is the recorded one', sha256(readFileSync(capture)) === expected.capture.sha256)
for (const object of expected.objects) {
  const found = objectIn(bytesOf(object.where), object, expected.responses)
  check(`${object.name} (${object.bytes} bytes): ${object.what}`, sha256(found) === object.sha256)
}

const exported = mkdtempSync(join(tmpdir(), 'objects-'))
// Without the preference tshark leaves out what lost segments put out of order.
tshark('-o', 'tcp.reassemble_out_of_order:TRUE', '-q', '--export-objects', `http,${exported}`)
const hashes = new Set(readdirSync(exported).map(name => sha256(readFileSync(join(exported, name)))))
rmSync(exported, { recursive: true })
for (const { name, sha256: hash, where } of expected.objects) {
  if (where.protocol === 'http' && !name.endsWith('.gz'))
    check(`${name}: tshark exports the same`, hashes.has(hash))
}

const sums = ['ip', 'tcp', 'udp'].flatMap(name => ['-o', `${name}.check_checksum:TRUE`])
const bad = ['ip', 'tcp', 'udp', 'icmp', 'icmpv6'].map(name => `${name}.checksum.status == 0`).join(' || ')
check('no bad checksum', tshark(...sums, '-Y', bad) === '')
check(
  'no frame above 1514 bytes, none cut',
  tshark('-Y', 'frame.len > 1514 || frame.cap_len < frame.len') === '',
)
process.exitCode = failures === 0 ? 0 : 1
