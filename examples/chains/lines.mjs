// Reads pcap2json's lines with split2 and prints what was asked of the name servers: `node lines.mjs capture.pcap`
import { spawn } from 'node:child_process'
import split2 from 'split2'

const pcap2json = spawn('pcap2json', [process.argv[2]], { stdio: ['ignore', 'pipe', 'inherit'] })
for await (const record of pcap2json.stdout.pipe(split2(JSON.parse))) {
  if (record.type !== 'packet' || record.dstPort !== 53 || record.payload === undefined) continue
  console.log(record.time, nameIn(Buffer.from(record.payload, 'base64')))
}

/** The first name of a DNS query: labels, each behind its length, from byte 12 on (RFC 1035, 4.1.2). */
function nameIn(query) {
  const labels = []
  for (let at = 12; query[at] > 0; at += query[at] + 1)
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]))
  return labels.join('.')
}
