import { type CaptureRecord, directionOf, type NoteRecord } from '../records.ts'
import type { SideList } from './payload-notes.ts'

const MESSAGES = {
  'sctp-tsn-missing': 'were not captured; what follows is given without them',
  'sctp-tsn-abandoned': 'were given up by their sender (RFC 3758) and not captured',
  'sctp-tsn-late': 'a DATA chunk came when its TSN had been given up; it is left out',
  'sctp-tsn-stray': 'a DATA chunk is far from the TSNs of its association; it is left out',
  'sctp-restart': 'the association began anew; its streams go on behind what they had',
  'sctp-bad-chunk':
    'a chunk is longer than its packet or shorter than its header; the rest of the packet is left out',
  'sctp-ssn': 'messages of a stream are not numbered in the order of their TSNs',
  'sctp-fragment': 'a fragment of a message does not follow the fragment before it',
} as const

export type SctpNote = keyof typeof MESSAGES
const CODES = Object.keys(MESSAGES) as SctpNote[]
/** Notes of missing TSNs for one direction at most; others are told once. */
const MOST = 16

/** Puts notes about SCTP between the rows. */
export class SctpNotes {
  readonly #side: SideList
  #capture: CaptureRecord | undefined
  /** The row at hand: notes stand before it. */
  at = 0
  /** `pktNo` of its packet; 0: there is none. */
  pktNo = 0

  constructor(side: SideList) {
    this.#side = side
  }

  /** Notes are about packets of this capture from now on. */
  begin(capture: CaptureRecord | undefined): void {
    this.#capture = capture
    this.at = 0
    this.pktNo = 0
  }

  /**
   * Tells of something odd; `told` counts by code what was told of this direction, and `tsns` says which TSNs it is
   * about.
   */
  tell(code: SctpNote, flowInd: number, dir: number, told: Uint8Array, tsns = ''): void {
    const kind = CODES.indexOf(code)
    if (told[kind]! >= (tsns === '' ? 1 : MOST)) return
    told[kind]!++
    const capture = this.#capture
    const message = tsns === '' ? MESSAGES[code] : `${tsns} ${MESSAGES[code]}`
    const note: NoteRecord = { type: 'note', level: 'warning', code, message }
    if (capture !== undefined) Object.assign(note, { captureId: capture.captureId, file: capture.file })
    if (this.pktNo > 0) note.pktNo = this.pktNo
    note.flowInd = flowInd
    note.dir = directionOf(dir)
    this.#side.add(note, this.at)
  }
}

/** Room for the counters of one direction. */
export function nothingTold(): Uint8Array {
  return new Uint8Array(CODES.length)
}
