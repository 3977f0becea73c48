import type { CaptureRecord, NoteRecord } from '../records.ts'

/** What can be odd about fragments, and what is said of it. */
const MESSAGES = {
  'fragment-cut': 'a fragment was captured in part; without another copy its datagram stays incomplete',
  'fragment-refused': 'a fragment without data, or of a length or place that none can have',
  'fragment-conflict': 'fragments of a datagram overlap with different bytes',
  'fragment-overlap': 'fragments of an IPv6 datagram overlap: it is discarded',
  'fragment-contradiction': 'fragments disagree on where their datagram ends: it is discarded',
  'fragments-timed-out': 'a datagram in fragments did not become complete in time',
  'fragments-evicted': 'a datagram in fragments was given up to make room',
  'fragments-unfinished': 'a datagram in fragments was not complete at the end of the capture',
} as const

export type FragmentNote = keyof typeof MESSAGES

/** Most notes of a kind in a run; what comes after them is counted. */
const MOST_OF_A_KIND = 100

/** Why the bytes of a datagram will never be seen. */
export type Loss = 'discarded' | 'timedOut' | 'evicted' | 'unfinished'

/**
 * Counters of the fragments. Every captured byte that IP packets in fragments carry is in exactly one of them, once
 * all datagrams have come to their end:
 *
 *     fragmentBytes = reassembledBytes + repeatedFragmentBytes + cutFragmentBytes + refusedFragmentBytes
 *                   + discardedFragmentBytes + timedOutFragmentBytes + evictedFragmentBytes + unfinishedFragmentBytes
 */
export class FragmentTally {
  fragmentBytes = 0
  reassembledDatagrams = 0
  reassembledBytes = 0
  /** Bytes for which there was a copy. */
  repeatedFragmentBytes = 0
  /** Bytes of fragments that were captured in part. */
  cutFragmentBytes = 0
  refusedFragmentBytes = 0
  /** Datagrams whose fragments contradict each other, and what came of them. */
  discardedDatagrams = 0
  discardedFragmentBytes = 0
  timedOutDatagrams = 0
  timedOutFragmentBytes = 0
  evictedDatagrams = 0
  evictedFragmentBytes = 0
  unfinishedDatagrams = 0
  unfinishedFragmentBytes = 0
}

/** Counts what becomes of fragments, and gathers notes about them until they are fetched. */
export class FragmentLog {
  readonly tally = new FragmentTally()
  notes: NoteRecord[] = []
  /** For each note the frame before which it stands. */
  notesAt: number[] = []
  /** The frame at hand. */
  frame = 0
  readonly #told = new Map<FragmentNote, number>()

  lose(loss: Loss, bytes: number): void {
    this.tally[`${loss}Datagrams`]++
    this.tally[`${loss}FragmentBytes`] += bytes
  }

  /** `bytes`: how many were captured in vain, as far as that is to be told. */
  note(code: FragmentNote, pktNo: number, capture: CaptureRecord | undefined, bytes?: number): void {
    const told = (this.#told.get(code) ?? 0) + 1
    this.#told.set(code, told)
    if (told > MOST_OF_A_KIND) return
    const message =
      bytes === undefined ? MESSAGES[code] : `${MESSAGES[code]}; ${bytes} bytes of it were captured`
    const note: NoteRecord = { type: 'note', level: 'warning', code, message }
    if (capture !== undefined) Object.assign(note, { captureId: capture.captureId, file: capture.file })
    note.pktNo = pktNo
    this.#add(note)
  }

  /** Says how many notes of each kind were left out. */
  close(): void {
    for (const [code, told] of this.#told) {
      if (told <= MOST_OF_A_KIND) continue
      const message = `${told - MOST_OF_A_KIND} more times: ${MESSAGES[code]}`
      this.#add({ type: 'note', level: 'warning', code, message })
    }
  }

  /** The notes so far, which are not given again. */
  fetch(): { notes: NoteRecord[]; notesAt: number[] } {
    const { notes, notesAt } = this
    this.notes = []
    this.notesAt = []
    return { notes, notesAt }
  }

  #add(note: NoteRecord): void {
    this.notes.push(note)
    this.notesAt.push(this.frame)
  }
}
