import {
  CHECK_OPTIONS,
  DUMP_FOLDER_OPTIONS,
  DUMP_OUTPUT_OPTIONS,
  FLOW_RECORD_OPTIONS,
  ONCE_OPTIONS,
  PACKET_RECORD_OPTIONS,
  SINK_FOLDER_OPTIONS,
  SINK_RECORD_OPTIONS,
} from './bin-options.ts'
import { LINE_OPTIONS, RATIO_OPTIONS } from './bound-options.ts'
import { CONSOLE_OPTIONS } from './console-options.ts'
import { FOLLOW_OPTIONS } from './follow-options.ts'
import { HEADER_OPTIONS } from './header-options.ts'
import { LABEL_OPTIONS } from './label-options.ts'
import type { Option } from './options.ts'
import { SHARED_OPTIONS } from './shared-options.ts'
import {
  CAPTURE_OPTIONS,
  DECODE_OPTIONS,
  FLOW_OPTIONS,
  PAYLOAD_OPTIONS,
  SINK_OPTIONS,
  TCP_FACT_OPTIONS,
} from './stage-options.ts'
import { TEXT_DISPLAY_OPTIONS, TEXT_OPTIONS, TEXT_PREFIX_OPTIONS } from './text-options.ts'

/**
 * The options of all bins. What one bin does not have may concern another, so a setting is unknown only if it is not
 * in here; every table of options has to be.
 */
export const KNOWN_OPTIONS: readonly Option[] = [
  ...SHARED_OPTIONS,
  ...CAPTURE_OPTIONS,
  ...DECODE_OPTIONS,
  ...TCP_FACT_OPTIONS,
  ...FLOW_OPTIONS,
  ...HEADER_OPTIONS,
  ...LABEL_OPTIONS,
  ...PAYLOAD_OPTIONS,
  ...SINK_OPTIONS,
  ...PACKET_RECORD_OPTIONS,
  ...FLOW_RECORD_OPTIONS,
  ...SINK_FOLDER_OPTIONS,
  ...SINK_RECORD_OPTIONS,
  ...DUMP_FOLDER_OPTIONS,
  ...DUMP_OUTPUT_OPTIONS,
  ...TEXT_PREFIX_OPTIONS,
  ...TEXT_OPTIONS,
  ...TEXT_DISPLAY_OPTIONS,
  ...HEADER_OPTIONS,
  ...LABEL_OPTIONS,
  ...CONSOLE_OPTIONS,
  ...FOLLOW_OPTIONS,
  ...CHECK_OPTIONS,
  ...ONCE_OPTIONS,
  ...LINE_OPTIONS,
  ...RATIO_OPTIONS,
]
