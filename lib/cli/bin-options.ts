import type { Option } from './options.ts'

/** What only one bin has, so that all know the names of each other's settings. */

export const PACKET_RECORD_OPTIONS: readonly Option[] = [
  { name: 'frames', kind: 'flag', help: 'whole frames, not decoded' },
  {
    name: 'payload',
    kind: 'choice',
    choices: ['base64', 'ref', 'none'],
    help: 'payload in the line, as its place in the capture file, or not at all',
    default: 'base64',
  },
]

export const FLOW_RECORD_OPTIONS: readonly Option[] = [
  { name: 'packets', kind: 'flag', help: 'packets too; --no-packets for none', default: 'on' },
]

export const SINK_FOLDER_OPTIONS: readonly Option[] = [
  {
    name: 'output',
    short: 'o',
    kind: 'text',
    value: 'DIR',
    help: 'folder for the files',
    default: './payload',
    setting: 'FOLDER',
  },
]

export const SINK_RECORD_OPTIONS: readonly Option[] = [
  { name: 'packets', kind: 'flag', help: 'pass the packets on as well, with their pldStat' },
]

export const DUMP_FOLDER_OPTIONS: readonly Option[] = [
  {
    name: 'write',
    short: 'w',
    kind: 'text',
    value: 'DIR',
    help: 'folder for the results',
    default: './<capture>.pld',
    setting: 'FOLDER',
  },
  {
    name: 'output',
    short: 'o',
    kind: 'text',
    value: 'DIR',
    help: 'the same as --write',
    sameAs: 'write',
  },
  {
    name: 'each',
    kind: 'flag',
    help: 'each capture is a run of its own: results in DIR/<capture>, a line for each; one that fails is left out',
    setting: false,
  },
]

export const DUMP_OUTPUT_OPTIONS: readonly Option[] = [
  { name: 'files', kind: 'flag', help: 'payload files; --no-files for none', default: 'on' },
  { name: 'pcap', kind: 'flag', help: 'a capture of each conversation as well, in DIR/pcap' },
  { name: 'json', kind: 'flag', help: 'flow and summary records on stdout instead of the report' },
  {
    name: 'report',
    kind: 'choice',
    choices: ['text', 'json', 'none'],
    help: 'the end report as text, or as one JSON object',
    default: 'text',
  },
]

export const ONCE_OPTIONS: readonly Option[] = [
  {
    name: 'once',
    kind: 'flag',
    help: 'leave out records that came before, byte for byte, for input that is delivered more than once',
  },
]

export const CHECK_OPTIONS: readonly Option[] = [
  {
    name: 'check',
    kind: 'flag',
    help: 'in the end add up all counters, and exit with 1 if anything was lost; with --verbose print the sums',
  },
]
