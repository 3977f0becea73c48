import fc from 'fast-check'
import t from 'tap'
import { onConsole } from './support/follow-run.ts'
import type { TestPacket } from './support/packet-batch.ts'

const A = { flowInd: 1, dir: 0 }
const B = { flowInd: 1, dir: 1, src: [0x0a00_0002], dst: [0x0a00_0001], srcPort: 80, dstPort: 40000 }
const NAME_A = '010.000.000.001.40000-010.000.000.002.00080: '
const NAME_B = '010.000.000.002.00080-010.000.000.001.40000: '

const START: TestPacket[] = [
  { ...A, tcpFlags: 2, tcpSeq: 99 },
  { ...B, tcpFlags: 0x12, tcpSeq: 199 },
]

t.test('who speaks is named where the speaker changes, as tcpflow does', async t => {
  const packets = [
    ...START,
    { ...A, tcpSeq: 100, payload: 'GET\r\n' },
    { ...B, tcpSeq: 200, payload: 'one\r\n' },
    { ...B, tcpSeq: 205, payload: 'two' },
  ]
  t.equal(onConsole(packets), `${NAME_A}GET\r\n${NAME_B}one\r\ntwo\n`)
  t.equal(onConsole(packets, { headers: false }), 'GET\r\none\r\ntwo\n')
  t.equal(onConsole(packets, { format: 'raw' }), 'GET\r\none\r\ntwo')
  t.match(onConsole(packets, { color: true }), `\x1b[31m${NAME_A}\x1b[0m\x1b[31mGET\r\n\x1b[0m`)
  t.match(onConsole(packets, { format: 'hex' }), `${NAME_A}\n00000000  47 45 54`)
})

t.test('a line that came in pieces is one line, whoever spoke elsewhere meanwhile', async t => {
  const other = { flowInd: 2, srcPort: 1, tcpSeq: 0, payload: 'other\n' }
  const packets = [
    ...START,
    { ...A, tcpSeq: 100, payload: 'fl' },
    other,
    { ...A, tcpSeq: 102, payload: 'ag\n' },
  ]
  t.equal(onConsole(packets), `${NAME_A.replace('40000', '00001')}other\n${NAME_A}flag\n`)
})

t.test(
  'a line without an end is written when the other side speaks, or when it is too long for one',
  async t => {
    const prompt = [
      ...START,
      { ...B, tcpSeq: 200, payload: 'login: ' },
      { ...A, tcpSeq: 100, payload: 'me\n' },
    ]
    t.equal(onConsole(prompt), `${NAME_B}login: \n${NAME_A}me\n`)
    const long = [
      ...START,
      { ...B, tcpSeq: 200, payload: 'x'.repeat(5000) },
      { flowInd: 2, srcPort: 1, payload: 'y\n' },
    ]
    t.match(onConsole(long), /x\n\S+: y\n$/)
  },
)

t.test('what came out of order waits for its hole', async t => {
  const packets = [
    ...START,
    { ...A, tcpSeq: 104, payload: 'three\n' },
    { ...A, tcpSeq: 100, payload: 'two\n' },
  ]
  t.equal(onConsole(packets), `${NAME_A}two\nthree\n`)
})

t.test(
  'a hole that the peer acknowledged a while ago is a gap, and so is one that is left in the end',
  async t => {
    const packets = [
      ...START,
      { ...A, tcpSeq: 104, payload: 'three\n', time: [10, 0] },
      { ...B, tcpSeq: 200, tcpAck: 110, time: [10, 1000] },
      { ...B, tcpSeq: 200, tcpAck: 110, time: [12, 0] },
      { ...B, tcpSeq: 200, tcpAck: 110, payload: 'yes\n', time: [12, 1] },
      { ...A, tcpSeq: 115, payload: 'end\n', time: [13, 0] },
    ] as TestPacket[]
    const first = `${NAME_A}[gap of 4 bytes]\nthree\n${NAME_B}yes\n`
    t.equal(onConsole(packets), `${first}${NAME_A}[gap of 5 bytes: absent]\nend\n`)
  },
)

t.test('what comes when its place has gone by says so', async t => {
  const packets = [
    { ...A, tcpSeq: 104, payload: 'three\n' },
    { ...A, tcpSeq: 100, payload: 'two\n' },
    { ...A, tcpSeq: 110, payload: 'four\n' },
  ]
  t.equal(onConsole(packets), `${NAME_A}three\n${NAME_A}[late: 4 bytes of offset -4]\ntwo\n${NAME_A}four\n`)
})

t.test('datagrams begin lines, and show that their tail is missing', async t => {
  const packets = [
    { ...A, l4Proto: 17, payload: 'one' },
    { ...A, l4Proto: 17, payload: 'two', l7Len: 5 },
  ]
  t.match(onConsole(packets), /^\S+-17: one\ntwo\n\[gap of 2 bytes: snaplen\]\n$/)
})

t.test('any order of segments prints each stream once, and in order', async () => {
  const part = fc.record({
    dir: fc.constantFrom(0, 1),
    length: fc.integer({ min: 1, max: 30 }),
    at: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (parts, perBatch) => {
      const said = ['', '']
      const segments = parts.map(({ dir, length, at }) => {
        const tcpSeq = (2 ** 32 - 50 + 100 * dir + said[dir]!.length) % 2 ** 32
        const payload = Array.from({ length }, (_, i) =>
          String.fromCharCode(97 + ((said[dir]!.length + i) % 26)),
        ).join('')
        said[dir] += payload
        return { at, packet: { ...(dir === 0 ? A : B), tcpSeq, tcpFlags: 0x08, payload } as TestPacket }
      })
      const start: TestPacket[] = [
        { ...A, tcpFlags: 2, tcpSeq: 2 ** 32 - 51 },
        { ...B, tcpFlags: 0x12, tcpSeq: 49 },
      ]
      const shuffled = segments.toSorted((a, b) => a.at - b.at).map(({ packet }) => packet)
      const twice = [...start, ...shuffled, ...shuffled]
      const heard = ['', '']
      for (const line of onConsole(twice, { format: 'json' }, {}, perBatch).split('\n')) {
        if (line === '') continue
        const { dir, payload } = JSON.parse(line)
        heard[dir === 'B' ? 1 : 0] += Buffer.from(payload, 'base64').toString()
      }
      return heard[0] === said[0] && heard[1] === said[1]
    }),
    { numRuns: 200 },
  )
})
