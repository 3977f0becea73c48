import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Batch } from '../lib/batch.ts'
import { sortByKey } from '../lib/flow/arrival-order.ts'
import { FlowCore, type FlowTaggerOptions } from '../lib/flow/flow-core.ts'
import { FlowKey } from '../lib/flow/flow-key.ts'
import { CONVERSATION_WORDS } from '../lib/flow/flow-state.ts'
import { FlowTable } from '../lib/flow/flow-table.ts'
import { SeededHash } from '../lib/flow/seeded-hash.ts'
import { Slots } from '../lib/flow/slots.ts'
import { TimeHeap } from '../lib/flow/time-heap.ts'
import { packetBatch, type TestPacket } from './support/packet-batch.ts'

/** Tags of each packet, and every flow with its counters in the order in which it came out. */
interface Result {
  tags: string[]
  flows: string[]
}

function real(packets: TestPacket[], options: FlowTaggerOptions, sizes: number[]): Result {
  const core = new FlowCore(options)
  const result: Result = { tags: [], flows: [] }
  for (let from = 0, i = 0; from < packets.length; i++) {
    const size = sizes[i % sizes.length]!
    for (const batch of core.take(packetBatch(packets.slice(from, from + size), from + 1)))
      collect(batch, result)
    from += size
  }
  for (const batch of core.end()) collect(batch, result)
  return result
}

function collect({ rows, tags, flows, side, sideAt }: Batch, result: Result): void {
  const start = result.tags.length
  for (let row = 0; row < rows; row++) result.tags.push(`${tags!.flowInd[row]}${'AB'[tags!.dir[row]!]}`)
  side.forEach((item, i) => {
    if (typeof item !== 'number') return
    const name = `${flows!.flowInd[item]}${'AB'[flows!.dir[item]!]}`
    const counters = [
      flows!.packets[item],
      flows!.capBytes[item],
      flows!.firstPktNo[item],
      flows!.srcPort[item],
    ]
    result.flows.push(
      `${start + sideAt[i]!}: ${name} ${counters} ${flows!.lastSec[item]}.${flows!.lastNsec[item]}`,
    )
  })
}

interface Direction {
  packets: number
  bytes: number
  firstPktNo: number
  srcPort: number
  last: bigint
  arrival: number
  /** It was idle while the opposite direction was not, and counts as if it had come then. */
  passed: boolean
}

/** What the flow stage does, as plainly as it can be said, for packets without SYN. */
function plain(packets: TestPacket[], timeout: bigint): Result {
  const result: Result = { tags: [], flows: [] }
  let alive: {
    key: string
    flowInd: number
    openedBy: string
    isB: boolean
    sides: Map<string, Direction>
  }[] = []
  let flowInds = 0
  let arrivals = 0
  const end = (which: typeof alive, before: number): void => {
    const seen = (flow: (typeof alive)[number]): number =>
      Math.min(...[...flow.sides.values()].map(side => side.arrival))
    for (const flow of which.toSorted((one, other) => seen(one) - seen(other))) {
      for (const dir of 'AB') {
        for (const [from, side] of flow.sides) {
          if (((from === flow.openedBy) === flow.isB ? 'B' : 'A') !== dir) continue
          const counters = [side.packets, side.bytes, side.firstPktNo, side.srcPort]
          const time = `${side.last / 1_000_000_000n}.${side.last % 1_000_000_000n}`
          result.flows.push(`${before}: ${flow.flowInd}${dir} ${counters} ${time}`)
        }
      }
      alive = alive.filter(other => other !== flow)
    }
  }
  packets.forEach((packet, row) => {
    const now = BigInt(packet.time![0]) * 1_000_000_000n + BigInt(packet.time![1])
    if (timeout > 0n) {
      end(
        alive.filter(flow => [...flow.sides.values()].every(({ last }) => now - last >= timeout)),
        row,
      )
      const passed = alive
        .map(({ sides }) => [...sides.values()].filter(({ last }) => now - last >= timeout))
        .flatMap((idle, i) => (idle.length === 1 && alive[i]!.sides.size === 2 ? idle : []))
        .filter(side => !side.passed)
        .toSorted((one, other) => one.arrival - other.arrival)
      for (const side of passed) Object.assign(side, { passed: true, arrival: arrivals++ })
    }
    const from = `${packet.src} ${packet.srcPort}`
    const to = `${packet.dst} ${packet.dstPort}`
    const key = `${[from, to].sort()} ${packet.vlan} ${packet.l4Proto} ${packet.family}`
    let flow = alive.find(other => other.key === key)
    if (flow === undefined) {
      const isB = packet.srcPort! < 1024 && packet.srcPort! < packet.dstPort!
      flow = { key, flowInd: ++flowInds, openedBy: from, isB, sides: new Map() }
      alive.push(flow)
    }
    const bytes = (packet.payload as string).length
    const side = flow.sides.get(from)
    const first = { firstPktNo: row + 1, srcPort: packet.srcPort!, packets: 0, bytes: 0 }
    const { packets: count, bytes: sum, firstPktNo, srcPort } = side ?? first
    flow.sides.set(from, {
      packets: count + 1,
      bytes: sum + bytes,
      firstPktNo,
      srcPort,
      last: now,
      arrival: arrivals++,
      passed: false,
    })
    result.tags.push(`${flow.flowInd}${(from === flow.openedBy) === flow.isB ? 'B' : 'A'}`)
  })
  end(alive, packets.length)
  return result
}

const address = fc.constantFrom(1, 2, 0xffff_ffff).map(word => [word])
const port = fc.constantFrom(80, 1023, 1024, 40000)
const endpoints = { src: address, dst: address, srcPort: port, dstPort: port }
const time: fc.Arbitrary<[number, number]> = fc.tuple(
  fc.constantFrom(100, 101, 102, 103, 104, 110, 120),
  fc.constantFrom(0, 1, 999_999_999),
)
const packet: fc.Arbitrary<TestPacket> = fc.record({
  ...endpoints,
  time,
  vlan: fc.constantFrom(0, 5),
  l4Proto: fc.constantFrom(6, 17),
  family: fc.constantFrom(4, 6),
  payload: fc.constantFrom('', 'a', 'abcde'),
})
const inOrder = (packets: TestPacket[]): TestPacket[] =>
  packets.toSorted((one, other) => one.time![0] - other.time![0] || one.time![1] - other.time![1])
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })
const seed = fc.integer({ min: 0, max: 0xffff_ffff })

t.test('flows are what a plain description says, for any seed and any batches', async t => {
  const property = fc.property(
    fc.array(packet, { maxLength: 120, size: 'max' }),
    fc.boolean(),
    fc.constantFrom(0, 0.5, 1, 2, 8, 182),
    seed,
    sizes,
    (packets, isSorted, timeout, seed, sizes) => {
      const input = isSorted ? inOrder(packets) : packets
      assert.deepEqual(real(input, { timeout, seed }, sizes), plain(input, BigInt(timeout * 1e9)))
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }))
})

const segment: fc.Arbitrary<TestPacket> = fc.record({
  ...endpoints,
  time,
  tcpFlags: fc.constantFrom(0x02, 0x12, 0x10, 0x11, 0x04, 0),
  tcpSeq: fc.constantFrom(0, 1, 100, 101, 5000, 0xffff_ffff),
  tcpAck: fc.constantFrom(0, 1, 100, 101, 5000, 0xffff_ffff),
  payload: fc.constantFrom('', 'a', 'abcde'),
})

t.test('TCP connections depend on neither seed nor batches, and lose nothing', async t => {
  const property = fc.property(
    fc.array(segment, { maxLength: 150, size: 'max' }),
    fc.constantFrom(0, 1, 8, 182),
    fc.integer({ min: 0, max: 4 }),
    seed,
    sizes,
    (packets, timeout, maxFlows, seed, sizes) => {
      const result = real(packets, { timeout, maxFlows, seed }, sizes)
      assert.deepEqual(result, real(packets, { timeout, maxFlows, seed: 0 }, [packets.length || 1]))
      const counted = result.tags.reduce(
        (all, tag) => all.set(tag, (all.get(tag) ?? 0) + 1),
        new Map<string, number>(),
      )
      const told = result.flows.map(line => /: (\w+) (\d+)/.exec(line)!.slice(1))
      assert.deepEqual(new Map(told.map(([name, packets]) => [name, Number(packets)])), counted)
      assert.equal(told.length, counted.size, 'each direction comes out once')
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }))
})

t.test('whatever is taken out of the table, the rest is found', async t => {
  const property = fc.property(
    seed,
    fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 2000 })), {
      minLength: 1,
      maxLength: 3000,
      size: 'max',
    }),
    (seed, steps) => {
      const key = new FlowKey(new SeededHash(seed))
      const table = new FlowTable(key)
      const select = (n: number): void => {
        const { packets } = packetBatch([{ src: [n], dst: [9], srcPort: 1, dstPort: 2 }])
        key.read(packets!, 0, 1)
        key.select(0)
      }
      const ids = new Map<number, number>()
      for (const [isIn, n] of steps) {
        select(n)
        const id = ids.get(n) ?? 0
        assert.equal(table.find(), id, `${n} is not where it was`)
        if (isIn && id === 0) ids.set(n, table.add(0))
        else if (!isIn && id !== 0) {
          table.remove(id)
          table.conversations.give(id)
          ids.delete(n)
        }
      }
      for (const [n, id] of ids) {
        select(n)
        assert.equal(table.find(), id, `${n} was lost`)
      }
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 30 }))
})

t.test('the heap knows the earliest time, whatever is taken out', async t => {
  const step = fc.tuple(fc.constantFrom('push', 'lower', 'remove'), fc.nat(40), fc.nat(30), fc.nat(2))
  const property = fc.property(fc.array(step, { maxLength: 400, size: 'max' }), steps => {
    const slots = new Slots(CONVERSATION_WORDS)
    const ids = Array.from({ length: 41 }, () => slots.take())
    const heap = new TimeHeap(slots)
    const times = new Map<number, number>()
    for (const [what, n, sec, nsec] of steps) {
      const id = ids[n]!
      const time = 10 * sec + nsec
      if (what === 'push' && !times.has(id)) {
        heap.push(id, sec, nsec)
        times.set(id, time)
      } else if (what === 'lower' && times.has(id)) {
        heap.lower(id, sec, nsec)
        times.set(id, Math.min(time, times.get(id)!))
      } else if (what === 'remove' && times.delete(id)) heap.remove(id)
      assert.equal(heap.count, times.size)
      if (heap.count === 0) continue
      assert.equal(10 * heap.sec + heap.nsec, Math.min(...times.values()))
      assert.equal(times.get(heap.id), 10 * heap.sec + heap.nsec)
    }
    const drained: number[] = []
    for (; heap.count > 0; heap.remove(heap.id)) drained.push(10 * heap.sec + heap.nsec)
    assert.deepEqual(
      drained,
      [...times.values()].sort((one, other) => one - other),
    )
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test('sorting by arrival', async t => {
  const property = fc.property(
    fc.uniqueArray(fc.integer({ min: 0, max: 0xffff_ffff }), { maxLength: 200, size: 'max' }),
    keys => {
      const ids = Uint32Array.from(keys.keys())
      sortByKey(ids, Uint32Array.from(keys))
      assert.deepEqual(
        [...ids].map(id => keys[id]),
        keys.toSorted((one, other) => one - other),
      )
    },
  )
  t.doesNotThrow(() => fc.assert(property))
})
