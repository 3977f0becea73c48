import t from 'tap'
import { explainMask, maskQuestion, masksOfReport } from '../lib/explain/explain.ts'
import { MASK_TABLES, maskNames } from '../lib/explain/mask-table.ts'
import * as status from '../lib/status-bits.ts'

t.test('pldStat as the tutorial prints it', async t => {
  t.equal(
    explainMask(maskQuestion('pldStat=0x03')),
    `The pldStat column with value 0x03 is to be interpreted as follows:

   bit | pldStat | Description
   =============================================================================
     0 | 0x01    | Match for this flow
     1 | 0x02    | dump payload for this flow
`,
  )
})

t.test('values of 64 bits stand in groups of four digits', async t => {
  const lines = explainMask(maskQuestion('$flowStat=0x0400000000004001')).split('\n')
  t.equal(lines[0], 'The flowStat column with value 0x0400000000004001 is to be interpreted as follows:')
  t.equal(lines[2], '   bit | flowStat              | Description')
  t.same(
    lines.slice(4, -1).map(line => line.slice(0, 30)),
    ['     0 | 0x0000 0000 0000 0001', '    14 | 0x0000 0000 0000 4000', '    58 | 0x0400 0000 0000 0000'],
  )
})

t.test('without a value all bits, each in the colour of its severity', async t => {
  const rows = explainMask(maskQuestion('pldStat'), (line, severity) => `<${severity}>${line}`).split('\n')
  t.equal(rows[0], 'The pldStat column is to be interpreted as follows:')
  t.equal(rows.length, 4 + 8 + 1)
  t.match(rows[4], '<none>')
  t.match(rows[11], '<error>')
  t.equal(explainMask(maskQuestion('pldStat=0')).split('\n').length, 5)
  t.equal(explainMask(maskQuestion('pktStat=16384')).split('\n').length, 6)
})

t.test('what is no mask', async t => {
  for (const [question, message] of [
    ['foo=3', /no mask is called "foo"; there are flowStat, pktStat, pldStat/],
    ['constructor=3', /no mask is called/],
    ['pldStat=0x100', /up to 0xff; "0x100" is none/],
    ['pldStat=', /"" is none/],
    ['pldStat=yes', /"yes" is none/],
    ['flowStat=0x10000000000000000', /up to 0xffffffffffffffff/],
  ] as const)
    t.throws(() => maskQuestion(question), { code: 'ERR_USAGE', message })
})

t.test('masks of a report, and of summary records', async t => {
  const report =
    'payloadDumper: Aggregated pldStat=0x13\nAggregated flowStat=0x0400000000004000\nAggregated fooStat=0x1\n'
  t.same(
    masksOfReport(report).map(({ table, mask }) => [table.name, mask]),
    [
      ['pldStat', 0x13n],
      ['flowStat', 0x0400000000004000n],
    ],
  )
  t.same(
    masksOfReport('{"type":"summary","aggFlowStat":"0x0000000000004000"}').map(({ table }) => table.name),
    ['flowStat'],
  )
})

t.test('every bit that is set somewhere has a row, and each name is there once', async t => {
  const flowBits = MASK_TABLES.flowStat!.bits.map(({ bit }) => bit)
  for (const [name, value] of Object.entries(status)) {
    if (typeof value !== 'number' || (value & (value - 1)) !== 0) continue
    const bit = 31 - Math.clz32(value)
    if (name.startsWith('LO_')) t.ok(flowBits.includes(bit), name)
    if (name.startsWith('HI_')) t.ok(flowBits.includes(bit + 32), name)
    if (name.startsWith('PLD_'))
      t.ok(
        MASK_TABLES.pldStat!.bits.some(row => row.bit === bit),
        name,
      )
  }
  for (const { bits, name } of Object.values(MASK_TABLES)) {
    t.equal(new Set(bits.map(row => row.name)).size, bits.length, name)
    t.same(
      bits.map(({ bit }) => bit),
      bits.map(({ bit }) => bit).sort((a, b) => a - b),
      `${name} in order`,
    )
  }
})

t.test('names of bits', async t => {
  t.same(maskNames(MASK_TABLES.pldStat!, 0x13n), ['match', 'dumped', 'rejected'])
  t.same(maskNames(MASK_TABLES.flowStat!, (1n << 54n) | 1n), ['direction-b', 'bit-54'])
})
