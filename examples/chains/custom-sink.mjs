// Hashes the payload of every flow direction without writing a file: `node custom-sink.mjs capture.pcap`
import { createHash } from 'node:crypto'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { chunks, FlowTagger, openCapture, PacketDecoder, PayloadChunker } from 'pldpipe'

const streams = new Map()

const hasher = new Writable({
  objectMode: true,
  write(record, _encoding, done) {
    const name = `${record.flowInd}_${record.dir}`
    if (record.type === 'chunk') {
      // chunks of a stream can come in any order; their offsets say where they belong
      const pieces = streams.get(name) ?? []
      pieces.push(record)
      streams.set(name, pieces)
    } else if (record.type === 'flow' && streams.has(name)) {
      const sha256 = createHash('sha256')
      for (const { payload } of streams.get(name).sort((a, b) => a.offset - b.offset)) sha256.update(payload)
      console.log(`${sha256.digest('hex')}  ${name} (${record.pldBytes} bytes)`)
      streams.delete(name)
    }
    done()
  },
})

await pipeline(
  openCapture(process.argv[2]),
  new PacketDecoder(),
  new FlowTagger(),
  new PayloadChunker({ udp: false }),
  chunks(),
  hasher,
)
