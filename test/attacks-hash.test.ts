import t from 'tap'
import { FlowKey, KEY_BLOCK } from '../lib/flow/flow-key.ts'
import { SeededHash } from '../lib/flow/seeded-hash.ts'
import { PacketColumns } from '../lib/packet-columns.ts'
import { hashFlood } from './attacks/hash-flood.ts'

const ROWS = 65_536

/** How many of the keys have the hash that most of them have, and how many hashes there are. */
function crowd(packets: PacketColumns, seed: number): { most: number; distinct: number } {
  const key = new FlowKey(new SeededHash(seed))
  const counts = new Map<number, number>()
  let most = 0
  for (let row = 0; row < ROWS; row += KEY_BLOCK) {
    key.read(packets, row, KEY_BLOCK)
    for (const hash of key.hashes) {
      const count = (counts.get(hash) ?? 0) + 1
      counts.set(hash, count)
      most = Math.max(most, count)
    }
  }
  return { most, distinct: counts.size }
}

t.test('conversations that are aimed at one place of the table lie all over it', async t => {
  for (const { name, family, key } of hashFlood()) {
    const packets = new PacketColumns(ROWS)
    for (let row = 0; row < ROWS; row++) {
      const { words, port } = key(row)
      packets.family[row] = family
      packets.l4Proto[row] = 17
      packets.addr.set(words, 8 * row)
      packets.srcPort[row] = port
    }
    for (const seed of [0, 1, 7, 0x7fff_ffff, 0xdead_beef]) {
      const { most, distinct } = crowd(packets, seed)
      t.ok(most <= 4 && distinct > 0.99 * ROWS, `${name}, seed ${seed}: ${most} at most, ${distinct} hashes`)
    }
  }
})
