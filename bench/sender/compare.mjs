// Holds what was extracted from a capture against what the ends of each conversation say they sent.
import assert from 'node:assert/strict'
import { captured } from './captured.mjs'
import { compareSctp } from './compare-sctp.mjs'
import { compareTcp } from './compare-tcp.mjs'
import { compareUdp, loggedDatagrams } from './compare-udp.mjs'

const NUMBERS = { tcp: 6, udp: 17, sctp: 132 }
const MTU = 1500
const HEADERS = { 4: 28, 6: 48 }
const NOTHING = { pldLen: 0, pldBytes: 0, pldGaps: [] }

const overMtu = ({ version }, { lengths }) => lengths.some(length => length > MTU - HEADERS[version])

/** The flow record of a direction; a direction without packets has none. */
const flowOf = (flows, { protocol, client, clientPort, server, serverPort }, up) => {
  const found = flows.filter(
    flow =>
      flow.l4Proto === NUMBERS[protocol] &&
      flow.srcIP === (up ? client : server) &&
      flow.srcPort === (up ? clientPort : serverPort) &&
      flow.dstPort === (up ? serverPort : clientPort),
  )
  assert(found.length <= 1, `${protocol} ${clientPort}: ${found.length} flows`)
  return found[0] ?? NOTHING
}

/** The capture that was not thinned out holds what the logs say: else this script is wrong, not the program. */
const checkInstrument = (datagrams, logged, where) => {
  assert(datagrams.length >= logged.length, `${where}: more was received than captured`)
  if (datagrams.length > logged.length) return
  for (const [index, { bytes }] of datagrams.entries()) {
    assert(bytes.equals(logged[index]), `${where}: datagram ${index} is another than logged`)
  }
}

/**
 * @param {object} run
 * @param {object[]} run.conversations of sent.json
 * @param {Buffer} run.pcap the capture that was extracted from
 * @param {Buffer} run.whole the same before it was thinned out
 * @param {'client' | 'server'} run.side where it was taken
 * @param {object[]} run.flows flow records
 * @param {(path: string) => Buffer} run.read a file of the results
 * @param {boolean} run.sctp whether SCTP payload was asked for
 * @returns a result for each direction: `kind`, `id`, `direction`, `verdict`, `bytes` that were sent
 */
export const compare = ({ conversations, pcap, whole, side, flows, read, sctp }) => {
  const here = captured(pcap)
  const complete = pcap === whole ? here : captured(whole)
  const results = []
  const fileOf = ({ pldFile }) => (pldFile === undefined ? Buffer.alloc(0) : read(pldFile))
  for (const conversation of conversations) {
    const { id, protocol, clientPort } = conversation
    for (const direction of ['up', 'down']) {
      const one = conversation[direction]
      const key = `${clientPort} ${direction}`
      const flow = flowOf(flows, conversation, direction === 'up')
      const result = { kind: protocol, id, direction, profile: conversation.profile, bytes: one.bytes }
      if (protocol === 'tcp') {
        const { isn } = complete.streams.get(key)
        const stream = here.streams.get(key) ?? { segments: [] }
        results.push({ ...result, ...compareTcp(one, stream, isn, flow, fileOf(flow)) })
      } else if (protocol === 'udp') {
        const far = (side === 'client') !== (direction === 'up')
        const datagrams = here.datagrams.get(key) ?? []
        const logged = loggedDatagrams(one, far ? 'far' : 'near')
        if (pcap === whole) checkInstrument(datagrams, logged, `udp ${key}`)
        result.bytes = logged.reduce((sum, { length }) => sum + length, 0)
        if (overMtu(conversation, one)) result.kind = 'udp in fragments'
        results.push({ ...result, verdict: compareUdp(datagrams, flow, fileOf(flow)) })
      } else if (sctp) {
        const chunks = here.associations.get(key) ?? new Map()
        for (const stream of compareSctp(one, chunks, flow, read)) results.push({ ...result, ...stream })
      }
    }
  }
  return results
}
