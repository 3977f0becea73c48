import type { Test } from 'tap'
import { ethernet, ipv4, ipv6, udp, vlan } from './build-packets.ts'
import { type Decoded, decodeFrames, type TestFrame } from './decode-frames.ts'

export const V4 = { src: '10.0.0.1', dst: '10.0.0.2' }
export const V6 = { src: '2001:db8::1', dst: '2001:db8::2' }
export const PORTS = { srcPort: 3000, dstPort: 4000 }
export const v4 = { family: 4, ethType: 0x0800, src: '0a000001', dst: '0a000002' }
export const v6 = {
  family: 6,
  ethType: 0x86dd,
  src: '20010db8000000000000000000000001',
  dst: '20010db8000000000000000000000002',
}
export const IPV4 = '0x0400000000004000'
export const IPV6 = '0x0800000000008000'

export const datagram = udp(PORTS, 'data')
export const packet4 = ipv4({ ...V4, proto: 17 }, datagram)
export const packet6 = ipv6({ ...V6, next: 17 }, datagram)
export const onEthernet4 = (packet: Uint8Array): Buffer => ethernet({ type: 0x0800 }, packet)
export const onEthernet6 = (packet: Uint8Array): Buffer => ethernet({ type: 0x86dd }, packet)
export const tags = (vids: number[], type: number, payload: Uint8Array): Buffer =>
  vids.reduceRight<[number, Buffer]>(
    ([inner, bytes], vid) => [0x8100, vlan({ vid, type: inner }, bytes)],
    [type, Buffer.from(payload)],
  )[1]

export type Case = [name: string, frame: TestFrame | Buffer, expected: Partial<Decoded>]

/** Holds each frame against what its case expects of it. */
export function check(t: Test, cases: Case[]): void {
  const frames = cases.map(([, frame]) => (Buffer.isBuffer(frame) ? { bytes: frame } : frame))
  const rows = decodeFrames(frames)
  cases.forEach(([name, , expected], row) => {
    const got = Object.fromEntries(Object.keys(expected).map(key => [key, rows[row]![key as keyof Decoded]]))
    t.same(got, expected, name)
  })
}

export const udp4 = { ...v4, l4Proto: 17, ports: [3000, 4000] as [number, number], payload: 'data', l7Len: 4 }
export const udp6 = { ...udp4, ...v6 }
