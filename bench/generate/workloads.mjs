import { bulk } from './bulk.mjs'
import { many } from './many.mjs'
import { mixed } from './mixed.mjs'
import { small } from './small.mjs'

/** @import { CaptureWriter } from './capture-writer.mjs' */
/** @import { Digests } from './digests.mjs' */
/** @import { Random } from './random.mjs' */

/**
 * @typedef {object} Task
 * @property {CaptureWriter} writer
 * @property {Random} random
 * @property {Digests | undefined} digests
 * @property {number} bytes length that the capture is to have, about
 */

/** @typedef {(task: Task) => number} Workload Writes the packets, gives the number of conversations. */

/** Each workload with its usual size in MB (10^6 bytes). @type {Record<string, { make: Workload, mb: number }>} */
export const WORKLOADS = {
  bulk: { make: bulk, mb: 600 },
  mixed: { make: mixed, mb: 550 },
  small: { make: small, mb: 65 },
  many: { make: many, mb: 720 },
}
