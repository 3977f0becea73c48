import { parentPort, workerData } from 'node:worker_threads'
import type { PldError } from '../errors.ts'
import { makeSink } from './make-sink.ts'
import type { SinkOptions } from './payload-sink.ts'
import type { SinkReply } from './sink-thread.ts'
import { batchOf, resultOf, type SinkWork } from './sink-work.ts'

/** The thread of a SinkThread: a sink that is sent its batches as messages, `null` behind the last. */
const port = parentPort!
const sink = makeSink(workerData as SinkOptions)

const reply = (message: SinkReply): void => port.postMessage(message)

port.on('message', (work: SinkWork | null) => {
  try {
    if (work === null) {
      const rest = [...sink.end()].map(({ side, sideAt }) => ({ side, sideAt }))
      reply({ kind: 'end', result: { files: [], notes: [] }, rest })
      port.close()
      return
    }
    const before = batchOf(work)
    for (const after of sink.take(before)) {
      reply({ kind: 'batch', result: resultOf(before, after), rest: [] })
    }
  } catch (error) {
    sink.close()
    const { code = '', message, file } = error as Partial<PldError> & Error
    reply({ kind: 'error', code, message, file })
    port.close()
  }
})
