import { ACK, ETHERTYPE, ethernet, FIN, ipv4, PROTO, PSH, SYN, tcp } from './build-packets.ts'

/** What is said on one TCP connection, side by side: `>` from the client, `<` from the server. */
export interface Talk {
  client?: string
  server?: string
  clientPort?: number
  serverPort?: number
  says: (['>', string | Uint8Array] | ['<', string | Uint8Array])[]
}

/** The Ethernet frames of a whole connection: handshake, each turn in segments of at most 1460 bytes, both FINs. */
export function conversation(talk: Talk): Buffer[] {
  const { client = '10.0.0.1', server = '10.0.0.2', clientPort = 40000, serverPort = 80 } = talk
  const sequence = { '>': 0xffff_fff0, '<': 5000 }
  const frames: Buffer[] = []
  const send = (way: '>' | '<', flags: number, payload: Uint8Array): void => {
    const [src, dst] = way === '>' ? [client, server] : [server, client]
    const [srcPort, dstPort] = way === '>' ? [clientPort, serverPort] : [serverPort, clientPort]
    const header = { srcPort, dstPort, seq: sequence[way], ack: sequence[way === '>' ? '<' : '>'], flags }
    const segment = tcp(header, payload, { src, dst })
    frames.push(ethernet({ type: ETHERTYPE.ipv4 }, ipv4({ src, dst, proto: PROTO.tcp }, segment)))
    const length = payload.length + (flags & (SYN | FIN) ? 1 : 0)
    sequence[way] = (sequence[way] + length) >>> 0
  }
  const nothing = Buffer.alloc(0)
  send('>', SYN, nothing)
  send('<', SYN | ACK, nothing)
  send('>', ACK, nothing)
  for (const [way, text] of talk.says) {
    const bytes = Buffer.from(text as string)
    for (let at = 0; at < bytes.length; at += 1460) send(way, ACK | PSH, bytes.subarray(at, at + 1460))
  }
  send('>', FIN | ACK, nothing)
  send('<', FIN | ACK, nothing)
  return frames
}
