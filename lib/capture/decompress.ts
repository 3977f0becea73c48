import { Transform, type TransformCallback } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { PldError } from '../errors.ts'
import { GzipRescue } from './gzip-rescue.ts'
import { compressionOf, GZIP } from './magic.ts'

/** Compressed bytes that are inflated at a time: an error costs what these would have given (bytes). */
const PIECE = 16 * 1024
/** Inflated bytes that come at a time (bytes). */
const INFLATED = 256 * 1024

/** gzip gives at most 1032 bytes for one, and no capture comes near that: what does is made to fill memory or disks. */
const MAX_RATIO = 1000
const TOLD_FROM = 2 ** 26

export interface DecompressorOptions {
  /** Inflated bytes for each compressed one (default 1000), looked at from 64 MiB on; 0: no limit. */
  maxRatio?: number
}

/** Why a compressed input ended early. */
export interface Fault {
  code: 'cut-gzip' | 'bad-gzip' | 'gzip-bomb'
  message: string
}

/**
 * Undoes gzip, also of several members, and lets everything else pass as it is; the first bytes decide. Damage is no
 * error: what could be inflated comes out, and `fault` says what happened; a `CaptureReader` that this stream is piped
 * into makes a note of it. Error: ERR_COMPRESSION for other compressions.
 */
export class Decompressor extends Transform {
  /** The compression that is undone, once the first bytes have shown it. */
  compression: 'gzip' | undefined
  fault: Fault | undefined
  /** Bytes that came in, as they are stored. */
  bytesRead = 0
  readonly #file: string
  readonly #maxRatio: number
  #decided = false
  /** First bytes that do not tell yet. */
  #head: Buffer = Buffer.alloc(0)
  #gunzip: Gunzip | undefined
  readonly #rescue = new GzipRescue()
  #inflated = 0
  /** Compressed bytes that the inflater was given. */
  #fed = 0
  /** The inflater takes no more. */
  #over = false
  /** Goes on with what waits for the inflater; called on every answer of it, errors included. */
  #resume: (() => void) | undefined

  constructor(file = '-', { maxRatio = MAX_RATIO }: DecompressorOptions = {}) {
    super()
    this.#file = file
    this.#maxRatio = maxRatio === 0 ? Number.POSITIVE_INFINITY : maxRatio
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytesRead += chunk.length
    if (this.#decided) {
      this.#pass(chunk, done)
      return
    }
    const head = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk])
    const compression = compressionOf(head)
    if (compression === 'more') {
      this.#head = head
      done()
      return
    }
    this.#head = Buffer.alloc(0)
    this.#decided = true
    if (compression === GZIP) this.#open()
    else if (compression !== undefined) {
      const message = `compressed with ${compression.name}; use: ${compression.tool} FILE | pcap2json`
      done(new PldError('ERR_COMPRESSION', message, { file: this.#file }))
      return
    }
    this.#pass(head, done)
  }

  override _flush(done: TransformCallback): void {
    if (this.#head.length > 0) this.push(this.#head)
    if (this.#gunzip === undefined || this.#over) {
      done()
      return
    }
    this.#resume = () => done()
    this.#gunzip.end()
  }

  override _read(size: number): void {
    this.#gunzip?.resume()
    super._read(size)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#gunzip?.destroy()
    done(error)
  }

  #open(): void {
    this.compression = 'gzip'
    const gunzip = createGunzip({ chunkSize: INFLATED })
    gunzip.on('data', (bytes: Buffer) => {
      this.#inflated += bytes.length
      if (this.#isBomb) this.#stop()
      else if (!this.push(bytes)) gunzip.pause()
    })
    // padding behind the last member ends the inflater early, and then it does not answer the write
    gunzip.on('end', () => {
      this.#over = true
      this.#answer()
    })
    gunzip.on('error', (error: NodeJS.ErrnoException) => this.#fail(error))
    this.#gunzip = gunzip
  }

  #pass(chunk: Buffer, done: TransformCallback): void {
    const gunzip = this.#gunzip
    if (gunzip === undefined) {
      done(null, chunk)
      return
    }
    let at = 0
    const next = (): void => {
      if (at >= chunk.length || this.#over) {
        done()
        return
      }
      const piece = chunk.subarray(at, at + PIECE)
      at += PIECE
      this.#rescue.keep(piece)
      this.#fed += piece.length
      this.#resume = next
      gunzip.write(piece, () => this.#answer())
    }
    next()
  }

  get #isBomb(): boolean {
    return this.#inflated > TOLD_FROM && this.#inflated > this.#maxRatio * this.#fed
  }

  /** Takes no more of an input that inflates beyond measure. */
  #stop(): void {
    if (this.#over) return
    this.#over = true
    this.fault = {
      code: 'gzip-bomb',
      message: `the gzip data inflates to more than ${this.#maxRatio} times its size; what comes behind the first ${this.#inflated} bytes is not read`,
    }
    this.#gunzip!.destroy()
    this.#answer()
  }

  #answer(): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#over) return
    this.#over = true
    if (error.code === 'Z_BUF_ERROR') {
      this.fault = { code: 'cut-gzip', message: 'the gzip data ends too early' }
    } else {
      this.fault = { code: 'bad-gzip', message: `the gzip data is damaged (${error.message})` }
      const rescued = this.#rescue.beyond(this.#inflated)
      if (rescued.length > 0) this.push(rescued)
    }
    this.#answer()
  }
}
