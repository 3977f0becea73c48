/** Where in its input a fault lies; printed as `file: packet N: line N: what`. */
export interface ErrorPlace {
  file?: string
  pktNo?: number
  line?: number
}

/** Every error code: what it means, and the exit code with which a bin ends (1 damaged input, 2 cannot start). */
export const ERROR_CODES = {
  ERR_USAGE: { exitCode: 2, meaning: 'the command line or an option is wrong' },
  ERR_SETTING: { exitCode: 2, meaning: 'a setting in the environment or in a configuration file is wrong' },
  ERR_OPEN: { exitCode: 2, meaning: 'an input cannot be opened' },
  ERR_FORMAT: { exitCode: 2, meaning: 'the input is no capture that is understood' },
  ERR_COMPRESSION: { exitCode: 2, meaning: 'the input is compressed in a way that has to be undone first' },
  ERR_DAMAGED: { exitCode: 1, meaning: 'the capture is cut or damaged' },
  ERR_READ: { exitCode: 1, meaning: 'reading the input failed' },
  ERR_WRITE: { exitCode: 1, meaning: 'writing a result failed' },
  ERR_FOLDER: { exitCode: 2, meaning: 'the output folder cannot be used' },
  ERR_NDJSON: { exitCode: 1, meaning: 'a line is no record' },
  ERR_MIXED_INPUT: { exitCode: 2, meaning: 'packets and chunks came in one stream' },
  ERR_NOT_TAGGED: { exitCode: 2, meaning: 'packets came without their flow' },
  ERR_REFERENCE: { exitCode: 1, meaning: 'a payload reference does not lead to the capture that was meant' },
  ERR_BATCH_RELEASED: { exitCode: 1, meaning: 'a batch was used after its release' },
  ERR_FIELD: { exitCode: 2, meaning: 'a field cannot be changed, or not to this value' },
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** The one error class: `code` is stable, the message may be reworded. */
export class PldError extends Error {
  readonly code: ErrorCode
  readonly exitCode: number
  readonly file?: string
  readonly pktNo?: number
  readonly line?: number

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'PldError'
    this.code = code
    this.exitCode = ERROR_CODES[code].exitCode
    if (place.file !== undefined) this.file = place.file
    if (place.pktNo !== undefined) this.pktNo = place.pktNo
    if (place.line !== undefined) this.line = place.line
  }
}
