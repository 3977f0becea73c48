import { createHash, randomBytes } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { MAX_LINE } from './line-cutter.ts'
import { LineMemory } from './line-memory.ts'

/** Lines of these types are told from each other by what they say; others may say the same twice and mean it. */
const TYPES = /^\s*\{\s*"type"\s*:\s*"(?:capture|packet|frame|chunk|flow|gap|overlap|note|summary)"/
/** Where the type has to have been told (bytes). */
const HEAD = 64

/**
 * Takes out lines that came before, for input that is delivered at least once: a record that comes again is byte for byte
 * the same. What is remembered of a line is 64 bits of a digest, salted so that nobody can make up two lines for which
 * they are the same; see `LineMemory` for how many. NDJSON in, NDJSON out.
 */
export class OnceLines extends Transform {
  /** Lines that were left out. */
  repeated = 0
  readonly #memory: LineMemory
  readonly #maxLine: number
  readonly #salt = randomBytes(16)
  /** The line that has no end yet. */
  #rest: Buffer[] = []
  #length = 0

  /** `most`: how many lines back are remembered for certain. */
  constructor(most?: number, maxLineBytes = MAX_LINE) {
    super()
    this.#maxLine = maxLineBytes
    this.#memory = new LineMemory(most)
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const last = bytes.lastIndexOf(0x0a)
    if (last < 0) this.#keep(bytes)
    else {
      const whole = bytes.subarray(0, last + 1)
      const lines = this.#rest.length === 0 ? whole : Buffer.concat([...this.#rest, whole])
      this.#rest = []
      this.#pass(lines)
      if (last + 1 < bytes.length) this.#keep(bytes.subarray(last + 1))
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    if (this.#rest.length > 0) this.#pass(Buffer.concat([...this.#rest, Buffer.from('\n')]))
    done()
  }

  /** Keeps a piece of a line; one that no reader takes goes on as it comes, and so does what is left of it. */
  #keep(piece: Buffer): void {
    this.#rest.push(piece)
    this.#length = this.#rest.length === 1 ? piece.length : this.#length + piece.length
    if (this.#length <= this.#maxLine + 1) return
    for (const part of this.#rest) this.push(part)
    this.#rest = []
  }

  /** Passes on the lines that are new, those that stand together in one piece. */
  #pass(lines: Buffer): void {
    let from = 0
    for (let at = 0; at < lines.length; ) {
      const end = lines.indexOf(0x0a, at) + 1
      if (this.#isRepeated(lines.subarray(at, end))) {
        if (at > from) this.push(lines.subarray(from, at))
        from = end
        this.repeated++
      }
      at = end
    }
    if (from < lines.length) this.push(lines.subarray(from))
  }

  #isRepeated(line: Buffer): boolean {
    if (!TYPES.test(line.toString('latin1', 0, HEAD))) return false
    const digest = createHash('sha256').update(this.#salt).update(line).digest()
    return !this.#memory.add(digest.readUInt32LE(0), digest.readUInt32LE(4))
  }
}
