import { parentPort, workerData } from 'node:worker_threads'
import { captureCase, sweepCase } from './capture-cases.ts'
import { judge } from './judge.ts'
import { linesCase, soundTexts } from './lines-cases.ts'
import { builtSpecimens, specimens } from './specimens.ts'

/** Runs cases one by one, telling of each as it begins and ends, so that a hang is seen from outside. */
const { seed, from, to, step, kind } = workerData as {
  seed: number
  from: number
  to: number
  step: number
  kind: string
}
const all = specimens()
const texts = await soundTexts()
const small = [...builtSpecimens(), all.find(({ name }) => name === 'office.pcap')!]
const makers = {
  built: (number: number) => captureCase(small, seed, number),
  cut: (number: number) => sweepCase(small, seed, 7 * number),
  capture: (number: number) => captureCase(all, seed, number),
  lines: (number: number) => linesCase(texts, seed, number),
  sweep: (number: number) => sweepCase(all, seed, number),
}
for (let number = from; number < to; number += step) {
  const one = makers[kind as keyof typeof makers](number)
  parentPort!.postMessage({ number, name: one.name })
  parentPort!.postMessage({ number, verdict: await judge(one) })
}
