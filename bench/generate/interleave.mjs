/** @import { CaptureWriter } from './capture-writer.mjs' */
/** @import { Random } from './random.mjs' */
/** @import { Script } from './script.mjs' */

/**
 * Sends the packets of many conversations as they would pass a tap: `live` of them at a time, each with a burst of a
 * few packets before another has its turn.
 * @param {CaptureWriter} writer
 * @param {Random} random
 * @param {{ live: number, burst: number, pause: number }} pace conversations at a time, most packets in a burst, mean
 *   time between packets (microseconds)
 * @param {() => Script | undefined} next gives the next conversation, undefined after the last
 */
export function interleave(writer, random, { live, burst, pause }, next) {
  /** @type {Script[]} */
  const scripts = []
  let script = next()
  while (script || scripts.length > 0) {
    while (script && scripts.length < live) {
      scripts.push(script)
      script = next()
    }
    const turn = random.between(0, scripts.length - 1)
    const current = /** @type {Script} */ (scripts[turn])
    let more = true
    for (let left = random.between(1, burst); more && left > 0; left--) {
      writer.advance(random.between(1, 2 * pause - 1))
      more = current.send(writer)
    }
    if (more) continue
    const last = /** @type {Script} */ (scripts.pop())
    if (last !== current) scripts[turn] = last
  }
}
