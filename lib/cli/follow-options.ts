import { PldError } from '../errors.ts'
import type { FollowGap } from '../follow/follow-runs.ts'
import type { FollowOptions } from '../follow/follow-stage.ts'
import { FOLLOW_FORMATS, type FollowFormat } from '../follow/format-names.ts'
import type { Arguments, Option } from './options.ts'

/** What flowfollow has beyond the options of the stages. */
export const FOLLOW_OPTIONS: readonly Option[] = [
  { name: 'all', kind: 'flag', help: 'every conversation, each as it ends' },
  {
    name: 'format',
    kind: 'choice',
    choices: FOLLOW_FORMATS,
    value: 'FORMAT',
    help:
      'ascii: text, with a dot for what does not print; hex: offset, 16 bytes, text; raw: the bytes as they are; ' +
      'base64: a line a turn; json: an object for the bytes of each packet',
    default: 'ascii',
  },
  { name: 'dir', kind: 'choice', choices: ['A', 'B'], help: 'only what this side says', default: 'both' },
  {
    name: 'packets',
    kind: 'flag',
    help: 'a box with what is known of its packet in front of each piece, and a count of packets and turns',
  },
  {
    name: 'gap',
    kind: 'choice',
    choices: ['marker', 'zero', 'skip'],
    help:
      'what was not captured is a line [gap of N bytes: absent], is zeros, or is left out ' +
      '[marker; raw and base64: zero]',
  },
  {
    name: 'memory',
    kind: 'number',
    value: 'BYTES',
    help: 'payload of conversations under way that is held in memory; what is beyond it goes to a temporary file',
    default: '67108864',
  },
]

/** What the command line says of the transcripts. Throws ERR_USAGE where it does not say which flows. */
export function followOptions({ options, operands }: Arguments, color: boolean): FollowOptions {
  const all = options.all === true
  const flows = operands.map(flowNumber)
  if (all && flows.length > 0)
    throw new PldError('ERR_USAGE', '--all and numbers of flows exclude each other')
  if (!all && flows.length === 0)
    throw new PldError('ERR_USAGE', 'no flow named; flowfollow takes numbers of flows, or --all')
  const format = (options.format ?? 'ascii') as FollowFormat
  if (options.packets === true && (format === 'raw' || format === 'json'))
    throw new PldError('ERR_USAGE', `--packets has no place in --format ${format}`)
  return {
    format,
    color,
    headers: all || new Set(flows).size > 1,
    packets: options.packets === true,
    toTerminal: process.stdout.isTTY === true,
    ...(all ? {} : { flows }),
    ...(options.dir === undefined ? {} : { dir: options.dir as 'A' | 'B' }),
    ...(options.gap === undefined ? {} : { gap: options.gap as FollowGap }),
    ...(options.memory === undefined ? {} : { memory: options.memory as number }),
  }
}

function flowNumber(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0
  if (number > 0 && Number.isSafeInteger(number)) return number
  const hint = ' (captures are named with -r)'
  throw new PldError('ERR_USAGE', `${JSON.stringify(text)} is no number of a flow${hint}`)
}
