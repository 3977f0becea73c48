import { appendFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { CaptureSeries } from '../lib/capture/capture-series.ts'
import { openCapture } from '../lib/capture/open-capture.ts'
import { pcap, pcapRecord } from './support/build-capture.ts'
import { harvest, nextBatch } from './support/capture-rows.ts'

const frames = (...texts: string[]): Buffer => pcap(texts.map(text => Buffer.from(text)))
const paths = (expression: string): string[] => {
  const series = new CaptureSeries(expression)
  return [0, 1, 10].map(step => series.path(series.first + step))
}

t.test('how the files of a series are called', t => {
  t.same(paths('a/dump.pcap'), ['a/dump.pcap', 'a/dump.pcap1', 'a/dump.pcap10'], 'as tcpdump -C does')
  t.same(paths('dump.pcap7'), ['dump.pcap7', 'dump.pcap8', 'dump.pcap17'])
  t.same(paths('dump.pcap00'), ['dump.pcap00', 'dump.pcap01', 'dump.pcap10'], 'as tcpdump -C -W does')
  t.same(paths('p9/p3.pcap'), ['p9/p3.pcap', 'p9/p4.pcap', 'p9/p13.pcap'], 'the last p that has a number')
  t.same(paths('out-007.cap:-'), ['out-007.cap', 'out-008.cap', 'out-017.cap'])
  t.same(paths('eth0_1.cap:eth0_'), ['eth0_1.cap', 'eth0_2.cap', 'eth0_11.cap'])
  const { first, last } = new CaptureSeries('dump.pcap5:p,12')
  t.same([first, last], [5, 12])
  t.equal(new CaptureSeries('dump.pcap').last, Number.POSITIVE_INFINITY)
  t.throws(() => new CaptureSeries('dump.pcap5,4'), { code: 'ERR_USAGE' })
  t.throws(() => new CaptureSeries('dump.pcap:x'), { message: '"dump.pcap" has no number behind "x"' })
  t.throws(() => new CaptureSeries(',4'), { code: 'ERR_USAGE' })
  t.end()
})

const textOf = ({ rows }: Awaited<ReturnType<typeof harvest>>): string[] =>
  rows.map(row => `${row.pktNo} ${Buffer.from(row.bytes, 'hex').toString()}`)

t.test('a series that is complete', async t => {
  const folder = t.testdir({
    'd.pcap': frames('one', 'two'),
    'd.pcap1': 'no capture',
    'd.pcap2': frames('three'),
  })
  const old = new Date(1000)
  utimesSync(join(folder, 'd.pcap2'), old, old)
  const found = await harvest(openCapture(new CaptureSeries(`${join(folder, 'd.pcap')},2`)))
  t.same(textOf(found), ['1 one', '2 two', '3 three'])
  t.match(found.notes, [
    { level: 'error', code: 'skipped-capture', file: join(folder, 'd.pcap1'), message: /left out$/ },
  ])
  t.match(found.summary, { captures: 2, packets: 3 })
})

t.test('a series that grows', async t => {
  const folder = t.testdir({ 'd.pcap': frames('one') })
  const source = openCapture(new CaptureSeries(join(folder, 'd.pcap')))
  t.equal((await nextBatch(source)).rows, 1, 'a packet is there before its file is whole')
  appendFileSync(join(folder, 'd.pcap'), pcapRecord(Buffer.from('two')))
  t.equal((await nextBatch(source)).rows, 1, 'and the one that was appended')
  appendFileSync(join(folder, 'd.pcap'), pcapRecord(Buffer.from('three')))
  writeFileSync(join(folder, 'd.pcap1'), frames('four'))
  const rest = harvest(source)
  await sleep(1000)
  source.stop()
  t.same(textOf(await rest), ['3 three', '4 four'], 'nothing is missed as the next file begins')
})

t.test('a capture that is followed', async t => {
  const folder = t.testdir({ 'a.pcap': frames('one'), 'b.pcap': frames('two') })
  const source = openCapture([join(folder, 'a.pcap'), join(folder, 'b.pcap')], { follow: true })
  await nextBatch(source)
  await nextBatch(source)
  const record = pcapRecord(Buffer.from('three'))
  appendFileSync(join(folder, 'b.pcap'), record.subarray(0, 5))
  await sleep(300)
  appendFileSync(join(folder, 'b.pcap'), record.subarray(5))
  t.equal((await nextBatch(source)).frames.pktNo[0], 3)
  source.stop()
  const { notes } = await harvest(source)
  t.same(notes, [], 'what was not written yet is no damage')
})

t.test('captures that are left out', async t => {
  const folder = t.testdir({ a: frames('one'), b: 'none', c: frames('two') })
  const list = ['a', 'b', 'c', 'd'].map(name => join(folder, name))
  const { notes, rows } = await harvest(openCapture(list, { skipBad: true }))
  t.equal(rows.length, 2)
  t.match(notes, [{ message: /no pcap or pcapng capture; it is left out/ }, { message: /cannot be opened/ }])
  await t.rejects(harvest(openCapture([list[1]!, list[3]!], { skipBad: true })), { code: 'ERR_FORMAT' })
})
