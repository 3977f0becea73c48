import type { DumpSummary } from '../dump.ts'

/** The short report of a run: what was read, what was found, what was written, and what is missing. */
export function reportText(summary: DumpSummary, folder: string): string {
  const {
    capture = {},
    filter,
    flow = {},
    payload = {},
    sink = {},
  } = summary as Record<string, Record<string, number> | undefined>
  const seconds = Number(capture.lastTime ?? 0) - Number(capture.firstTime ?? 0)
  const lines = [
    `Packets:   ${count(capture.packets)} (${bytes(capture.capBytes)}) in ${duration(seconds)}`,
    `Flows:     ${count(flow.flows)} (${count(flow.conversations)} conversations)`,
    `Payload:   ${count(sink.files)} files, ${bytes(sink.bytes)}, in ${folder}`,
  ]
  if (filter !== undefined)
    lines.splice(
      1,
      0,
      `Filtered:  ${count(filter.filteredPackets)} packets, ${count(filter.keptPackets)} kept`,
    )
  if (payload.gaps) lines.push(`Missing:   ${bytes(payload.gapBytes)} in ${count(payload.gaps)} gaps`)
  if (payload.duplicateBytes) lines.push(`Repeated:  ${bytes(payload.duplicateBytes)} came twice`)
  if (payload.rejectedBytes) lines.push(`Rejected:  ${bytes(payload.rejectedBytes)} outside their stream`)
  if (sink.failedFiles) lines.push(`Failed:    ${count(sink.failedFiles)} files could not be written`)
  return `${lines.join('\n')}\n`
}

function count(value = 0): string {
  return value.toLocaleString('en-US')
}

function bytes(value = 0): string {
  if (value < 1000) return `${value} bytes`
  const unit = Math.min(Math.floor(Math.log10(value) / 3), 4)
  return `${(value / 1000 ** unit).toFixed(2)} ${['', 'kB', 'MB', 'GB', 'TB'][unit]}`
}

function duration(seconds: number): string {
  if (!(seconds > 60)) return `${seconds.toFixed(3)} s`
  const whole = Math.floor(seconds)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return `${parts[0]} h ${parts[1]} min ${parts[2]} s`
}
