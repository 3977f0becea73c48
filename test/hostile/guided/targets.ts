import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseConfig } from '../../../lib/cli/config-file.ts'
import { KNOWN_OPTIONS } from '../../../lib/cli/known-options.ts'
import { readSettings } from '../../../lib/cli/settings.ts'
import { compileFilter } from '../../../lib/select/capture-filter/frame-filter.ts'
import { NameTemplate } from '../../../lib/sink/name-template.ts'
import { selectFrom } from '../../support/select-run.ts'
import type { Dice } from '../dice.ts'
import { CONSUMERS } from '../lines-cases.ts'
import { mapCapture } from '../records-of-capture.ts'
import { planFor, streetCase } from '../street-case.ts'
import { fail } from '../valid-lines.ts'

/** Does with an input what a program does; `dice` chooses its options. */
export type Target = (bytes: Buffer, dice: Dice, folder: string) => Promise<void>

/** What the input is of, which decides about how it is changed. */
export type Kind = 'capture' | 'lines' | 'text'

/** Link types whose frames a filter is tried on. */
const LINK_TYPES = [0, 1, 9, 101, 105, 113, 127, 228, 229, 276]

const office = readFileSync(resolve('examples/capture/office.pcap'))
const frames = mapCapture(office)!
  .records.slice(0, 60)
  .map(({ frame, to }) => office.subarray(frame, to))
const rows = [
  '{"type":"packet","pktNo":1,"srcIP":"10.0.0.1","flowInd":35,"l7Len":7,"payload":"eA==","pldGaps":[{"offset":1}]}\n',
  '{"type":"flow","flowInd":7,"pldStat":"0x03","pldBytes":5,"duration":"1.5","x":null,"labels":{"a":"b"}}\n',
]
const columns = '%dir\tflowInd\tsrcIP\tdstPort\nA\t1\t10.0.0.1\t80\nB\t1\t10.0.0.2\t5000;6000\n'

const lineTargets = Object.entries(CONSUMERS).map(([name, run]): [string, Kind, Target] => [
  name,
  'lines',
  run,
])

export const TARGETS: readonly (readonly [name: string, kind: Kind, run: Target])[] = [
  ['street', 'capture', (bytes, dice, folder) => streetCase(bytes, planFor(dice), dice, folder)],
  ...lineTargets,
  [
    'filter',
    'text',
    async (bytes, dice) => {
      const filter = compileFilter(bytes.toString())
      const fits = filter.predicate(dice.pick(LINK_TYPES))
      for (const frame of frames) {
        const length = dice.below(frame.length + 1)
        if (typeof fits(frame, 0, length, frame.length) !== 'boolean')
          fail('a filter says neither yes nor no')
      }
    },
  ],
  [
    'expression',
    'text',
    async (bytes, dice) => {
      const options = dice.pick([{}, { both: true }, { sort: 'flowInd' }, { only: true }])
      const expression = bytes.toString()
      const { out } = selectFrom([...rows, columns], { ...options, expression }, dice.pick([5, 1 << 16]))
      if (out !== '' && !out.endsWith('\n')) fail('the last line has no end')
    },
  ],
  [
    'fields',
    'text',
    async (bytes, dice) => {
      const [fields, more = ''] = bytes.toString().split('|')
      const options = dice.pick([
        { fields },
        { aggr: fields, sum: more },
        { sort: fields, top: 2 },
        { fields, text: true },
      ])
      selectFrom([...rows, columns], { ...(options as object) }, 1 << 16)
    },
  ],
  [
    'template',
    'text',
    async bytes => {
      const template = bytes.toString()
      new NameTemplate(template)
      if (template.includes('..')) {
        const parts = template.split('/')
        if (parts.includes('..') || parts.includes('')) fail('a template leads out of the folder')
      }
    },
  ],
  [
    'config',
    'text',
    async bytes => {
      const definitions = parseConfig(bytes.toString(), 'config').flatMap(({ name, value }) => [
        '-D',
        `${name}=${value}`,
      ])
      readSettings(definitions, KNOWN_OPTIONS, {})
    },
  ],
  [
    'environment',
    'text',
    async (bytes, dice, folder) => {
      const [name = 'X', value = ''] = bytes.toString().split('=')
      readSettings([], KNOWN_OPTIONS, { [name]: value, HOME: join(folder, String(dice.below(9))) })
    },
  ],
]

/** Words of the languages, which are put where they do not belong. */
export const TEXT_SEEDS: Readonly<Record<string, readonly string[]>> = {
  filter: [
    'tcp port 80 and not host 10.0.0.1',
    'ip[0] & 0xf != 5 or (icmp6 and ip6[40] = 128)',
    'net 10.0.0.0/8',
    'vlan 5 and mpls 3 && pppoes',
    'ether host 00:11:22:33:44:55',
    'portrange 20-30 or src net 1.2 mask 255.255.0.0',
    'tcp[tcpflags] & (tcp-syn|tcp-fin) != 0',
    'less 100 or greater 1500',
    'wlan type mgt subtype beacon',
    'ip proto \\sctp',
    'ether proto \\ip',
    'gateway x',
    'inbound',
    'len - 3 * 2 >= 7 << 1',
    'ip6 host 2001:db8::1',
    'broadcast or multicast',
    'link[0] = 1',
    'udp[8:4] = -1',
    'geneve 7 and vxlan',
    'icmp[icmptype] = icmp-echo',
    'atalk or iso or isis',
  ],
  expression: [
    'flowInd == 35',
    'host("10.0.0.0/8") && pldBytes > 3',
    'bitsanyset($pldStat, 0x02) || has(duration)',
    'srcPort * 2 - dstPort / 3 > l7Len % 7',
    'match($payload, "a+b") || payload == "x"',
    'x ? y : !z',
    'pldGaps.offset ~ /a|b/',
    '$1 > 2 && $dir in ["A","B"]',
    'time("2020-01-01") < 1e3',
    'a["b"].c ?? 1',
  ],
  fields: [
    'flowInd,srcIP',
    'tuple2|l7BytesSnt',
    'flowInd|pldBytes,x',
    'srcIP,flowInd+1,len(payload)',
    'duration',
  ],
  template: ['%T/%A.%a-%B.%b', 'tcpflow', '%F_%D', 'a%%b%#/%i', '%S%N%K%M%G.%P'],
  config: [
    'MAX_GAP = 16m\nFLOW_TIMEOUT=10 # x\n',
    'OVERLAP = "last"\n% c\nGAP=marker',
    'max-flows = 1e3',
    'NAMES = 2\n',
  ],
  environment: ['PLDPIPE_MAX_GAP=1k', 'MAX_GAP=1', 'PLDPIPE_CONF=/nonexistent', 'PLDPIPE_OVERLAP=first'],
}
