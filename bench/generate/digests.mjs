import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'

/** @import { Hash } from 'node:crypto' */
/** @import { Conversation } from './conversation.mjs' */
/** @import { PayloadSource } from './payload-source.mjs' */

/**
 * @typedef {object} StreamDigest What one side of a conversation sent.
 * @property {number} conversation
 * @property {'A' | 'B'} dir A: the client's bytes
 * @property {number} proto
 * @property {number} bytes
 * @property {string} md5 hexadecimal
 */

/** Keeps the MD5 of each stream as it is sent, to hold an extractor's files against. */
export class Digests {
  #payload
  #segment = Buffer.alloc(65_536)
  /** @type {Map<number, { hash: Hash, bytes: number, proto: number }>} */
  #open = new Map()
  /** @type {StreamDigest[]} */
  #streams = []

  /** @param {PayloadSource} payload */
  constructor(payload) {
    this.#payload = payload
  }

  /**
   * Takes a segment, each once and in the order of the stream.
   * @param {Conversation} conversation
   * @param {number} dir
   * @param {number} offset
   * @param {number} length
   */
  add(conversation, dir, offset, length) {
    const stream = conversation.number * 2 + dir
    let entry = this.#open.get(stream)
    if (!entry) {
      entry = { hash: createHash('md5'), bytes: 0, proto: conversation.proto }
      this.#open.set(stream, entry)
    }
    this.#payload.write(this.#segment, 0, stream, offset, length)
    entry.hash.update(this.#segment.subarray(0, length))
    entry.bytes += length
  }

  /** No more bytes come from this conversation. @param {Conversation} conversation */
  end(conversation) {
    for (const dir of [0, 1]) {
      const stream = conversation.number * 2 + dir
      const entry = this.#open.get(stream)
      if (!entry) continue
      this.#open.delete(stream)
      const { hash, bytes, proto } = entry
      const name = dir === 0 ? 'A' : 'B'
      this.#streams.push({
        conversation: conversation.number,
        dir: name,
        proto,
        bytes,
        md5: hash.digest('hex'),
      })
    }
  }

  /** @param {string} file */
  write(file) {
    const lines = this.#streams.map(stream => JSON.stringify(stream))
    writeFileSync(file, `{"streams":[\n${lines.join(',\n')}\n]}\n`)
  }
}
