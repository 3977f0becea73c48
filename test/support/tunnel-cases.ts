import { overUdp } from './build-udp-tunnels.ts'
import type { Case } from './decode-cases.ts'
import type { Decoded } from './decode-frames.ts'

/** The datagram as it is, all of its payload included; `hdrDesc` and `pktStat` tell how far it was followed. */
export const closed = (
  payload: Uint8Array,
  port: number,
  hdrDesc = 'eth:ipv4:udp',
  pktStat = '0x0400000000004000',
): Partial<Decoded> => ({
  family: 4,
  src: 'c0000201',
  dst: 'c0000202',
  ports: [50000, port],
  l4Proto: 17,
  mac: '020000000002020000000001',
  vlan: 0,
  tags: [],
  payload: Buffer.from(payload).toString('latin1'),
  payAt: 42,
  l7Len: payload.length,
  tunnelId: 0,
  hdrDesc,
  pktStat,
})

/** The case of a datagram that stays closed. */
export const stays = (
  name: string,
  port: number,
  payload: Uint8Array,
  hdrDesc?: string,
  pktStat?: string,
): Case => [name, overUdp(port, payload), closed(payload, port, hdrDesc, pktStat)]
