import t from 'tap'
import { selectFrom } from './support/select-run.ts'

const nd = (...records: object[]): string => records.map(record => `${JSON.stringify(record)}\n`).join('')
const CAPTURE = { type: 'capture', captureId: 'c' }
const SUMMARY = { type: 'summary', stage: 'flow' }
const A = {
  type: 'flow',
  flowInd: 1,
  dir: 'A',
  srcIP: '10.0.0.1',
  dstIP: '10.0.0.2',
  srcPort: 1025,
  dstPort: 25,
}
const B = {
  type: 'flow',
  flowInd: 1,
  dir: 'B',
  srcIP: '10.0.0.2',
  dstIP: '10.0.0.1',
  srcPort: 25,
  dstPort: 1025,
}
const OTHER = {
  type: 'flow',
  flowInd: 2,
  dir: 'A',
  srcIP: '10.0.0.1',
  dstIP: '10.0.0.9',
  srcPort: 7,
  dstPort: 80,
}

t.test('records of the run pass, unless the expression speaks of types or --only', async t => {
  const input = nd(CAPTURE, A, B, SUMMARY)
  t.equal(selectFrom([input], { expression: 'dstPort==25' }).out, nd(CAPTURE, A, SUMMARY))
  t.equal(selectFrom([input], { expression: 'dstPort==25', only: true }).out, nd(A))
  t.equal(selectFrom([input], { expression: 'type=="summary"' }).out, nd(SUMMARY))
  t.equal(selectFrom([input], { expression: 'dstPort!=25', only: true }).out, nd(CAPTURE, B, SUMMARY))
})

t.test('lines pass as the bytes they came in, whatever the pieces', async t => {
  const input =
    '{"a":1,"b":[1, {"a":2}]}\r\n{ "a" : 1 }\n\n{"\\u0061":1.0}\n{"a":2}\n{"a":"1","payload":"x\\"y"}\n{"a":1}'
  for (const size of [1, 2, 3, 7, 1000]) {
    const { out, complaints } = selectFrom([`\ufeff${input}`, input], { expression: 'a==1' }, size)
    const one =
      '{"a":1,"b":[1, {"a":2}]}\r\n{ "a" : 1 }\n{"\\u0061":1.0}\n{"a":"1","payload":"x\\"y"}\n{"a":1}\n'
    t.equal(out.replaceAll('\ufeff', ''), one + one, `pieces of ${size}`)
    t.same(complaints, [])
  }
})

t.test('what is no record is told with its line, and left out', async t => {
  const bad = [
    'no json',
    '[1]',
    '{"a":1',
    '{"a":1,}',
    '{"a":01}',
    '{"a":1}}',
    '{"a":"\t"}',
    '{"a":tru}',
    '"a"',
    '{"a":"x}',
  ]
  const { out, complaints } = selectFrom([`{"a":1}\n${bad.join('\n')}\n{"a":1}\n`], { expression: 'true' })
  t.equal(out, '{"a":1}\n{"a":1}\n')
  t.same(
    complaints,
    bad.map((_, index) => `bad-line file0 ${index + 2} the line is no JSON object`),
  )
  t.equal(selectFrom(['x\n'], { expression: 'a', both: true }).complaints.length, 1, 'once for two passes')
})

t.test('many lines, short and long, selected and not, keep their order', async t => {
  const records = Array.from({ length: 3000 }, (_, n) => ({ n, text: 'x'.repeat((n * 37) % 300) }))
  const { out } = selectFrom([nd(...records)], { expression: 'n % 3 != 0 || n > 2500' }, 100_000)
  t.equal(out, nd(...records.filter(({ n }) => n % 3 !== 0 || n > 2500)))
})

t.test('text keeps its names, once; remarks in front of them too', async t => {
  const file = '% made by hand\n%dir\tflowInd\tpldStat\nA\t1\t0x03\nB\t1\t0x01\n'
  const expression = 'bitsanyset($pldStat,0x02)'
  t.equal(selectFrom([file], { expression }).out, '% made by hand\n%dir\tflowInd\tpldStat\nA\t1\t0x03\n')
  t.equal(
    selectFrom([file, file], { expression }, 5).out,
    '% made by hand\n%dir\tflowInd\tpldStat\nA\t1\t0x03\n% made by hand\nA\t1\t0x03\n',
  )
  t.equal(selectFrom([file], { expression, bare: true }).out, 'A\t1\t0x03\n')
  const swapped = '%pldStat\tdir\tflowInd\n0x02\tA\t9\n0x00\tB\t9'
  t.equal(
    selectFrom([file.slice(file.indexOf('%dir')), swapped], { expression }).out,
    '%dir\tflowInd\tpldStat\nA\t1\t0x03\n%pldStat\tdir\tflowInd\n0x02\tA\t9\n',
  )
  t.equal(selectFrom(['%dir\tpldStat\r\nA\t0x02\r\n'], { expression }).out, '%dir\tpldStat\r\nA\t0x02\r\n')
  t.equal(selectFrom(['%dir\tpldStat'], { expression }).out, '%dir\tpldStat\n', 'names alone')
})

t.test('text that cannot be read', async t => {
  t.throws(() => selectFrom(['%dir\tflowInd\nA\t1\n'], { expression: 'dstPort==1' }), {
    code: 'ERR_USAGE',
    message: 'no column is called dstPort; there are dir, flowInd',
    file: 'file0',
  })
  t.throws(() => selectFrom(['A\t1\n'], { expression: 'dir' }), {
    code: 'ERR_FORMAT',
    message: /line of names/,
  })
  t.throws(() => selectFrom([nd(A), '%dir\nA\n'], { expression: 'dir' }), { message: /do not go together/ })
  t.same(selectFrom(['', '\n\n'], { expression: 'dir' }), { out: '', complaints: [] })
})

t.test('both directions', async t => {
  const packet = {
    type: 'packet',
    pktNo: 5,
    srcIP: '1.1.1.1',
    dstIP: '2.2.2.2',
    srcPort: 1,
    dstPort: 2,
    l4Proto: 17,
  }
  const answer = { ...packet, pktNo: 6, srcIP: '2.2.2.2', dstIP: '1.1.1.1', srcPort: 2, dstPort: 1 }
  const input = nd(CAPTURE, B, OTHER, A, packet, answer)
  t.equal(selectFrom([input], { expression: 'dstPort==25', both: true }).out, nd(CAPTURE, B, A))
  t.equal(selectFrom([input], { expression: 'pktNo==5', both: true, only: true }).out, nd(packet, answer))
  t.equal(
    selectFrom([nd(A), nd(B)], { expression: 'dstPort==25', both: true }).out,
    nd(A),
    'numbers hold in a file',
  )
  t.equal(selectFrom([nd({ a: 1 }, { a: 2 })], { expression: 'a==1', both: true }).out, nd({ a: 1 }))
  const text = '%dir\tflowInd\tdstPort\nA\t1\t25\nB\t1\t1025\nA\t2\t80\n'
  t.equal(
    selectFrom([text], { expression: 'dstPort==25', both: true, bare: true }).out,
    'A\t1\t25\nB\t1\t1025\n',
  )
})

t.test('some fields only', async t => {
  const record = { ...A, deep: { x: [1, null, 'ü'] }, big: 1 }
  const input = nd(CAPTURE, record).replace('"big":1', '"big":12345678901234567890')
  t.equal(
    selectFrom([input], { expression: 'dir=="A"', fields: 'dstPort,big,none,$dir,deep,hrnum(big),tuple2' })
      .out,
    '{"dstPort":25,"big":12345678901234567890,"dir":"A","deep":{"x":[1,null,"ü"]},"hrnum(big)":"10.97 E","srcIP":"10.0.0.1","dstIP":"10.0.0.2"}\n'.replace(
      '10.97',
      '12.35',
    ),
  )
  t.equal(
    selectFrom([input], { fields: 'dir,none,deep.x,"a\\tb"', text: true, expression: 'has(dir)' }).out,
    '%dir\tnone\tdeep.x\t"a\\tb"\nA\t\t1;;ü\ta\\tb\n',
  )
  const text = '%dir\torg\tvlanID\nA\t"x;y"\t\nB\t"z"\t1;2\n'
  t.equal(
    selectFrom([text], { fields: 'ethVlanID,org,toupper(org)' }).out,
    '%ethVlanID\torg\ttoupper(org)\n\t"x;y"\tX;Y\n1;2\t"z"\tZ\n',
  )
  t.equal(selectFrom([text], { fields: 'org', bare: true }).out, '"x;y"\n"z"\n')
})

t.test('counts and sums, exactly', async t => {
  const rows = [
    { k: 'a', n: 9007199254740991, t: '0.1', f: 0.1 },
    { k: 'a', n: 9007199254740991, t: '0.20', f: 0.2, l: [1, 2] },
    { k: 'b', n: -1, t: '-1000000000.000000001' },
    { k: 'a', n: 2, t: 'x' },
    { n: 5, f: 1e2 },
  ]
  const { out, complaints } = selectFrom([nd(...rows)], { aggr: 'k', sum: 'n,t,f,l' })
  t.equal(
    out,
    '{"k":"a","count":3,"n":18014398509481984,"t":"0.30","f":0.3,"l":3}\n' +
      '{"count":1,"n":5,"t":0,"f":100,"l":0}\n' +
      '{"k":"b","count":1,"n":-1,"t":"-1000000000.000000001","f":0,"l":0}\n',
  )
  t.same(complaints, ['no-number 1 values that were to be added are no numbers, and left out'])
  t.equal(selectFrom([nd(A, B, OTHER)], { aggr: 'srcIP', top: 1 }).out, '{"srcIP":"10.0.0.1","count":2}\n')
  t.equal(
    selectFrom([nd(A, B, OTHER)], { aggr: 'srcIP', sum: 'dstPort', reverse: true, text: true }).out,
    '%srcIP\tcount\tdstPort\n10.0.0.1\t2\t105\n10.0.0.2\t1\t1025\n',
  )
  t.equal(selectFrom([nd(A, B)], { sum: 'dstPort' }).out, '{"count":2,"dstPort":1050}\n')
  t.equal(
    selectFrom([nd(A, B)], { aggr: 'dstPort', sum: 'dstPort', sort: 'dstPort', bare: true }).out,
    '{"dstPort":1025,"count":1,"sum(dstPort)":1025}\n{"dstPort":25,"count":1,"sum(dstPort)":25}\n',
  )
  const text = '%srcIP\tn\n1.1.1.1\t2\n1.1.1.1\t0.5\n2.2.2.2\t1\n'
  t.equal(
    selectFrom([text], { aggr: '$srcIP', sum: 'n' }).out,
    '%srcIP\tcount\tn\n1.1.1.1\t2\t2.5\n2.2.2.2\t1\t1\n',
  )
})

t.test('sorted, and the largest', async t => {
  const rows = ['10', '9', '0x0b', 'x', '10.5'].map((k, n) => ({ k, n }))
  const order = (options: object): unknown[] =>
    selectFrom([nd(...rows, { n: 9 })], { sort: 'k', ...options })
      .out.trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { k: string }).k)
  t.same(order({}), ['9', '10', '10.5', '0x0b', 'x', undefined])
  t.same(order({ reverse: true }), ['x', '0x0b', '10.5', '10', '9', undefined])
  t.same(order({ top: 2 }), ['x', '0x0b'])
  t.same(order({ top: 2, reverse: true }), ['9', '10'])
  const many = Array.from({ length: 5000 }, (_, n) => ({ n: (n * 7919) % 5003 }))
  const largest = many.map(({ n }) => n).sort((a, b) => b - a)
  t.equal(selectFrom([nd(...many)], { sort: 'n', top: 3 }).out, nd(...largest.slice(0, 3).map(n => ({ n }))))
  const text = '%ip\tx\n10.0.0.10\t1\nfe80::1\t2\n10.0.0.9\t3\n::\t4\n'
  t.equal(selectFrom([text], { sort: 'ip', fields: 'ip' }).out, '%ip\n10.0.0.9\n10.0.0.10\n::\nfe80::1\n')
  t.equal(selectFrom([text], { sort: '-x', expression: 'x<3' }).out, '%ip\tx\nfe80::1\t2\n10.0.0.10\t1\n')
})

t.test('options that do not go together', async t => {
  for (const options of [
    { top: 3 },
    { reverse: true },
    { text: true },
    { aggr: 'a', fields: 'b' },
    { aggr: 'a', sort: 'b' },
    { fields: 'a,,b' },
  ])
    t.throws(() => selectFrom([], options), { code: 'ERR_USAGE' }, JSON.stringify(options))
})
