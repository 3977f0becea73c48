import type { Batch } from '../batch.ts'
import { watchRecords } from '../compose/watch-records.ts'
import type { Stage } from '../stage.ts'
import type { Messages } from './messages.ts'

/** Reports on stderr what the stages of this process noted. */
export function watchNotes(messages: Messages): Stage<Batch> {
  return watchRecords(record => {
    if (record.type === 'note') messages.note(record)
  })
}
