import type { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import { type MemberSpan, memberSpans, nameOf, splicePoint } from './json-spans.ts'
import { PLD_STAT_NAMES, TAG_NAMES } from './member-names.ts'
import { ReadLines } from './row-store.ts'

/** What has to be done to the lines of a batch: add members, and first take out those that stand in their place. */
export interface LinePlan {
  /** Whether the batch's tags, and its pldStat, are not those of the lines. */
  newTags: boolean
  newStat: boolean
  /** Names of members that have to go; undefined: no line can have any. */
  drop: ReadonlySet<string> | undefined
}

/** Compares what a batch says of its packets with what the lines say that they came as. */
export function planFor({ lines, tags, pldStat }: Batch): LinePlan {
  const read = lines instanceof ReadLines ? lines : undefined
  const newTags = tags !== undefined && tags !== read?.tags
  const newStat = pldStat !== undefined && pldStat !== read?.pldStat
  const dropTags = newTags && !(read?.sure && read.tags === undefined)
  const dropStat = newStat && !(read?.sure && read.pldStat === undefined)
  const drop = new Set([...(dropTags ? TAG_NAMES : []), ...(dropStat ? PLD_STAT_NAMES : [])])
  return { newTags, newStat, drop: drop.size > 0 ? drop : undefined }
}

/**
 * A line without the members of these names and with others in their place: before its payload if that is the last
 * member, else at its end. The members that stay are the bytes they were.
 */
export function replaceMembers(
  line: Buffer,
  from: number,
  to: number,
  drop: { has(name: string): boolean },
  added: Uint8Array,
): Buffer {
  const spans = memberSpans(line, from, to)
  const stay = spans.filter(span => !drop.has(nameOf(line, span)))
  const splice = stay.length === spans.length ? splicePoint(line, to, spans) : undefined
  if (splice !== undefined)
    return Buffer.concat([line.subarray(from, splice), added, line.subarray(splice, to)])
  const text = (span: MemberSpan): Buffer => line.subarray(span.from, span.to)
  const last = stay.at(-1)
  const payload = last !== undefined && nameOf(line, last) === 'payload' ? stay.pop() : undefined
  const head = stay.map(text).flatMap((member, i) => (i === 0 ? [member] : [Buffer.from(','), member]))
  const tail = payload === undefined ? [] : [Buffer.from(','), text(payload)]
  return Buffer.concat([Buffer.from('{'), ...head, added, ...tail, Buffer.from('}')])
}

/** Members that users added, as text with a comma in front of each. Throws ERR_FIELD for what JSON cannot say. */
export function extraMembers(extras: Readonly<Record<string, unknown>>): string {
  let text = ''
  for (const [name, value] of Object.entries(extras)) {
    let json: string | undefined
    try {
      json = JSON.stringify(value)
    } catch (error) {
      throw new PldError('ERR_FIELD', `${name} cannot be written as JSON`, {}, error)
    }
    if (json !== undefined) text += `,${JSON.stringify(name)}:${json}`
  }
  return text
}

/**
 * The payload member, with a comma in front, of a line whose payload was left in it, though the line itself does not
 * hold any more; empty if it has none.
 */
export function payloadInLine({ slab, lines }: Batch, row: number): string {
  const text = lineText(slab, lines?.off[row] ?? slab.length)
  if (text === '') return ''
  const { payload, atOffset, atLength } = JSON.parse(text) as Record<string, unknown>
  const members = payload === undefined ? { atOffset, atLength } : { payload }
  return extraMembers(members)
}

/** The line at a position of a slab of lines, whose length is not known any more. */
function lineText(slab: Buffer, from: number): string {
  const end = slab.indexOf(0x0a, from)
  return end < 0 ? '' : slab.toString('utf8', from, end)
}
