import type { Option } from './options.ts'

/** Options of flowsel; what is selected is said where it is asked for, so none of them is a setting. */
export const SELECT_OPTIONS: readonly Option[] = (
  [
    {
      name: 'both',
      short: 'b',
      kind: 'flag',
      help: 'both directions, and all other records, of what is selected',
    },
    { name: 'only', kind: 'flag', help: 'no capture, note and summary records but selected ones' },
    { name: 'fields', short: 'f', kind: 'text', value: 'LIST', help: 'only these fields or expressions' },
    { name: 'aggr', short: 'a', kind: 'text', value: 'LIST', help: 'count by these fields' },
    { name: 'sum', kind: 'text', value: 'LIST', help: 'and add up these' },
    { name: 'sort', kind: 'text', value: 'FIELD', help: 'in ascending order of this field or expression' },
    { name: 'reverse', short: 'r', kind: 'flag', help: 'the other way round' },
    { name: 'top', kind: 'number', min: 1, help: 'only so many, the largest first' },
    { name: 'text', kind: 'flag', help: 'with --fields or --aggr: a table of text from records too' },
    { name: 'bare', short: 'H', kind: 'flag', help: 'text without the line of names' },
    {
      name: 'explain',
      kind: 'text',
      value: 'MASK',
      help: 'tell the bits of pldStat=0x03, or of all masks in a report: its file, or -',
    },
    { name: 'functions', kind: 'flag', help: 'list what can be called in an expression' },
  ] as const
).map(option => ({ ...option, setting: false }))
