import { readFileSync } from 'node:fs'
import { Reader, type Response } from 'mmdb-lib'
import { PldError } from '../errors.ts'
import { ipText } from '../ip-text.ts'
import { type IpLabel, NO_LABEL } from './ip-labels.ts'
import { labelOf } from './label-of.ts'

/** Zeros between the tree and the data (MaxMind DB file format 2.0, "Data Section Separator"). */
const SEPARATOR = Buffer.alloc(16)

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'no such file',
}

/** What a database in MaxMind's format says of addresses, whoever made it. */
export class DatabaseLabels {
  readonly #path: string
  readonly #reader: Reader<Response>

  /** Throws ERR_OPEN for a file that is no such database. */
  constructor(path: string) {
    this.#path = path
    this.#reader = open(path)
  }

  /** An object of its own for each call. */
  label(family: 4 | 6, words: Uint32Array, at: number): IpLabel {
    // a tree of IPv4 addresses would be walked with the first bits of the IPv6 address
    if (family === 6 && this.#reader.metadata.ipVersion === 4) return NO_LABEL
    return labelOf(this.#find(ipText(family, words, at)))
  }

  #find(address: string): unknown {
    try {
      return this.#reader.get(address)
    } catch (error) {
      throw new PldError(
        'ERR_READ',
        `is damaged: nothing can be read of ${address}`,
        { file: this.#path },
        error,
      )
    }
  }
}

function open(path: string): Reader<Response> {
  const file = { file: path }
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new PldError('ERR_OPEN', `cannot be opened: ${REASONS[code] ?? message}`, file, error)
  }
  let reader: Reader<Response>
  try {
    reader = new Reader(bytes)
  } catch (error) {
    throw new PldError('ERR_OPEN', 'is no MaxMind database (or is cut)', file, error)
  }
  const { searchTreeSize, nodeCount, ipVersion, binaryFormatMajorVersion } = reader.metadata
  const separator = bytes.subarray(searchTreeSize, searchTreeSize + SEPARATOR.length)
  const sound = nodeCount > 0 && (ipVersion === 4 || ipVersion === 6) && separator.equals(SEPARATOR)
  if (binaryFormatMajorVersion !== 2 || !sound)
    throw new PldError('ERR_OPEN', 'is a damaged MaxMind database, or one of a version not known here', file)
  return reader
}
