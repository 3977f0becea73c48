// Counts packets and bytes by server port: `node count-by-port.mjs capture.pcap`
import { readPackets } from 'pldpipe'

const ports = new Map()
for await (const { srcPort, dstPort, wireLen } of readPackets(process.argv[2])) {
  if (srcPort === undefined) continue
  const port = Math.min(srcPort, dstPort)
  const row = ports.get(port) ?? { port, packets: 0, bytes: 0 }
  row.packets++
  row.bytes += wireLen
  ports.set(port, row)
}

for (const { port, packets, bytes } of [...ports.values()].sort((a, b) => b.bytes - a.bytes)) {
  console.log(`${String(port).padStart(5)} ${String(packets).padStart(8)} ${String(bytes).padStart(12)}`)
}
