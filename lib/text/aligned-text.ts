import { Transform, type TransformCallback } from 'node:stream'
import { Aligner } from './aligner.ts'

/** Text with tabs between its columns in, the same with its columns lined up out. */
export class AlignedText extends Transform {
  readonly #aligner = new Aligner()

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      const text = this.#aligner.feed(bytes)
      done(null, text === '' ? undefined : text)
    } catch (error) {
      done(error as Error)
    }
  }

  override _flush(done: TransformCallback): void {
    const text = this.#aligner.end()
    done(null, text === '' ? undefined : text)
  }
}
