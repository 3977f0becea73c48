// Writes the flows of a capture as one JSON array with stream-json, and reads it back: `node json-array.mjs capture.pcap`
import { PassThrough, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FlowTagger, jsonArray, openCapture, PacketDecoder, packets } from 'pldpipe'
import { disassembler } from 'stream-json/disassembler.js'
import { stringer } from 'stream-json/stringer.js'

const flowsOnly = new Transform({
  objectMode: true,
  transform: (record, _encoding, done) => (record.type === 'flow' ? done(null, record) : done()),
})

const document = new PassThrough()
const written = pipeline(
  openCapture(process.argv[2]),
  new PacketDecoder(),
  new FlowTagger(),
  packets(),
  flowsOnly,
  disassembler.asStream(),
  stringer.asStream({ makeArray: true }),
  document,
)
for await (const flow of document.pipe(jsonArray())) {
  console.log(`${flow.flowInd}_${flow.dir} ${flow.hdrDesc[0]} ${flow.numPktsSnt} packets`)
}
await written
