import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { dumpPayload, readPackets } from '../lib/index.ts'
import { shell } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'
import { ethernet, ipv4, tcp } from './support/build-packets.ts'
import { gtp, overUdp, PORT, vxlan } from './support/build-udp-tunnels.ts'
import { onEthernet4, V4 } from './support/decode-cases.ts'

const segment = (seq: number, text: string): Buffer =>
  ipv4({ ...V4, proto: 6 }, tcp({ srcPort: 40000, dstPort: 25, seq }, text, V4))
const first = vxlan({}, onEthernet4(segment(1, 'one ')))
const second = vxlan({}, onEthernet4(segment(5, 'stream')))
const arp = vxlan({}, ethernet({ type: 0x0806 }, 'a'.repeat(28)))
const last = gtp({}, segment(11, '!'))
const frames = [
  overUdp(PORT.vxlan, second),
  overUdp(PORT.vxlan, arp),
  overUdp(PORT.vxlan, first),
  overUdp(PORT.gtp, last),
]

const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-tunnels-'))
t.teardown(() => rmSync(cwd, { recursive: true }))
const file = join(cwd, 'tunnels.pcap')
writeFileSync(file, pcap(frames))

/** The payload files of a run, by the ports of their flow. */
function files(folder: string): Record<string, string> {
  const names = readdirSync(join(cwd, folder)).filter(name => !name.startsWith('.'))
  return Object.fromEntries(
    names.map(name => [
      name.replace(/\d{3}(\.\d{3}){3}\./g, ''),
      readFileSync(join(cwd, folder, name), 'latin1'),
    ]),
  )
}

const text = (...parts: Buffer[]): string => Buffer.concat(parts).toString('latin1')
const STREAM = { '40000-00025-6': 'one stream!' }
const EXPECTED = {
  '': { ...STREAM, '50000-04789-17': text(arp) },
  '--outer': { ...STREAM, '50000-04789-17': text(second, arp, first), '50000-02152-17': text(last) },
  '--decap none': { '50000-04789-17': text(second, arp, first), '50000-02152-17': text(last) },
  '--decap gtp,gre --outer': {
    '40000-00025-6': '!',
    '50000-04789-17': text(second, arp, first),
    '50000-02152-17': text(last),
  },
}

for (const [index, [options, expected]] of Object.entries(EXPECTED).entries()) {
  t.test(`the same by every way: ${options || 'as it is'}`, t => {
    for (const [way, command] of Object.entries({
      process: `pldump -q ${options} --names 1 -w process${index} tunnels.pcap`,
      base64: `pcap2json ${options} tunnels.pcap | flowtag | pldsink --names 1 -o base64${index}/payload`,
      reference: `pcap2json ${options} --payload ref tunnels.pcap | flowtag | pldsink --names 1 -o reference${index}/payload`,
    })) {
      const { code, stderr } = shell(command, cwd)
      t.same([code, stderr], [0, ''], command)
      t.same(files(`${way}${index}/payload`), expected, way)
    }
    t.end()
  })
}

t.test('in code', async t => {
  await dumpPayload(file, { folder: join(cwd, 'code'), names: 1, decap: ['gtp'], outer: true })
  t.same(files('code'), EXPECTED['--decap gtp,gre --outer'])
  const seen: string[] = []
  for await (const packet of readPackets(file, { outer: true })) {
    seen.push(`${packet.pktNo} ${packet.dstPort}`)
  }
  t.same(seen, ['1 4789', '1 25', '2 4789', '3 4789', '3 25', '4 2152', '4 25'])
})
