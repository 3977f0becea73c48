// Puts two stages of our own between pldpipe's: leaves one protocol and hides the clients' addresses.
// `node own-stage.mjs capture.pcap folder`
import { pipeline } from 'node:stream/promises'
import {
  FlowTagger,
  filterPackets,
  mapPackets,
  openCapture,
  PacketDecoder,
  PayloadChunker,
  PayloadSink,
} from 'pldpipe'

const [capture, folder] = process.argv.slice(2)
const names = new Map()
const hidden = address => {
  const number = names.size + 1
  if (!names.has(address)) names.set(address, address.includes(':') ? `fd99::${number}` : `10.99.0.${number}`)
  return names.get(address)
}

await pipeline(
  openCapture(capture),
  new PacketDecoder(),
  filterPackets(packet => packet.srcPort === 21 || packet.dstPort === 21),
  mapPackets(({ srcIP, dstIP }) => ({ srcIP: hidden(srcIP), dstIP: hidden(dstIP) })),
  new FlowTagger(),
  new PayloadChunker(),
  new PayloadSink({ folder, names: 1 }),
)
console.log(`${names.size} addresses hidden`)
