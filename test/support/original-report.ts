import { stripVTControlCharacters } from 'node:util'

/**
 * How lines of the original's report of version 0.9.3 read in 0.8.13, which ours follows; and which lines say something
 * of the machine or the run alone.
 */

const OF_THE_RUN =
  /^(?:[=~-]{80}|Tranalyzer|Date|Active| {4}0|Snapshot|Processing|Finished|Memory|Percentage|\[WRN\] (?:Running|PCAP|pcap|snap|Outer|No data)|\[INF\] Creating|$)/

/** Of which kind flows are is said only where there are several. */
const OF_ONE_KIND = /^Number of processed (?:L2 {2}|IPv[46]) flows: .*\[100\.00%\]$/

const WORDINGS: readonly [RegExp, string][] = [
  [/^Number of processed {6}flows/, 'Number of processed   flows'],
  [/^Number of processed (L2 {2}|IPv[46]) flows/, 'Number of $1 flows'],
  [/^Number of processed ([AB]) {4}flows/, 'Number of processed $1 flows'],
  [/^Number of request {8}flows/, 'Number of request     flows'],
  [/^Number of reply {10}flows/, 'Number of reply       flows'],
  [/^Number of processed A\+B packets\/A\+B flows/, 'Number of processed   packets/flows'],
  [/^Number of processed A {3}packets\/A {3}flows/, 'Number of processed A packets/flows'],
  [/^Number of processed {3}B packets\/ {2}B flows/, 'Number of processed B packets/flows'],
  [/^<Number of processed flows\/s>/, 'Number of average processed flows/s'],
  [/^<Raw bandwidth>/, 'Average full raw bandwidth'],
  [/^<Bandwidth>/, 'Average full bandwidth '],
  [/^<Snapped bandwidth>/, 'Average snapped bandwidth '],
  [/^<([AB]) packet load>/, 'Average $1 packet load'],
  [/, avg: /, ', average: '],
]

/** The lines of a report that ours can have word for word; none where the run did not come to its end. */
export function reportLines(report: string): string[] {
  if (!report.includes('Memory usage')) return []
  return stripVTControlCharacters(report)
    .split('\n')
    .filter(line => !OF_THE_RUN.test(line) && !OF_ONE_KIND.test(line))
    .map(line => WORDINGS.reduce((text, [from, to]) => text.replace(from, to), line))
    .map(line => line.replace(/(\d\.\d{6})000 sec/, '$1 sec'))
}
