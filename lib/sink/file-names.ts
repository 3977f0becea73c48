import type { Batch } from '../batch.ts'
import { PldError } from '../errors.ts'
import { ipv6Full, macText, paddedIPv4 } from '../ip-text.ts'
import { directionOf } from '../records.ts'
import { timeText } from '../time-text.ts'
import { FlowOrigins } from './flow-origins.ts'
import { NameTemplate, TCPFLOW_NAMES } from './name-template.ts'

/**
 * How payload files are called: 0 `1_A`, 1 by addresses and ports, 2 the same behind the time of the first packet,
 * `tcpflow` as there, or a template with tcpflow's conversions.
 */
export type NameScheme = 0 | 1 | 2 | 'tcpflow' | (string & {})

/** Most bytes of prefix and suffix together: with the longest name between them it has to stay below 255. */
const MAX_AFFIXES = 100

/**
 * Makes the names of payload files. But for prefix and suffix they are made of numbers and addresses alone, so that
 * nothing that somebody sent over the network ever reaches a path. Throws ERR_USAGE for affixes that cannot be in one.
 */
export class FileNames {
  readonly scheme: NameScheme
  readonly prefix: string
  readonly suffix: string
  /** How flows began, if names tell. */
  readonly origins: FlowOrigins | undefined
  readonly #template: NameTemplate | undefined

  constructor(scheme: NameScheme, prefix: string, suffix: string) {
    if (typeof scheme === 'string') {
      this.#template = new NameTemplate(scheme === 'tcpflow' ? TCPFLOW_NAMES : scheme)
      if (this.#template.needsOrigins) this.origins = new FlowOrigins()
    } else if (![0, 1, 2].includes(scheme)) {
      throw new PldError('ERR_USAGE', `names has to be 0, 1, 2, tcpflow or a template, not ${scheme}`)
    }
    for (const [what, text] of Object.entries({ prefix, suffix })) {
      // a control character would break the lines of every list that names the file
      if (/[/\p{Cc}]/u.test(text))
        throw new PldError('ERR_USAGE', `a ${what} may hold neither / nor control characters`)
    }
    if (Buffer.byteLength(prefix + suffix) > MAX_AFFIXES) {
      throw new PldError('ERR_USAGE', `prefix and suffix may have ${MAX_AFFIXES} bytes together at most`)
    }
    this.scheme = scheme
    this.prefix = prefix
    this.suffix = suffix
  }

  /** The name under scheme 0. */
  plain(flowInd: number, dir: number): string {
    return `${this.prefix}${flowInd}_${directionOf(dir)}${this.suffix}`
  }

  /** The name by the endpoints of a packet of the flow direction. */
  byEndpoints(batch: Batch, row: number): string {
    if (this.#template !== undefined) return this.#byTemplate(this.#template, batch, row)
    const time = this.scheme === 2 ? firstTime(batch, row) : ''
    // in one piece: names are kept as long as their flows live, and what they were put together from would be as well
    return Buffer.from(`${this.prefix}${time}${endpoints(batch, row)}${this.suffix}`).toString()
  }

  #byTemplate(template: NameTemplate, batch: Batch, row: number): string {
    const key = batch.tags!.flowInd[row]! * 2 + batch.tags!.dir[row]!
    const path = template.path(batch, row, this.origins?.of(key) ?? { pktNo: 0, connection: 0 })
    const at = path.lastIndexOf('/') + 1
    return Buffer.from(`${path.slice(0, at)}${this.prefix}${path.slice(at)}${this.suffix}`).toString()
  }

  /** A name with a counter, for a file that cannot have `name` as another has it. */
  numbered(name: string, counter: number): string {
    return `${this.#stem(name)}c${counter}${this.suffix}`
  }

  /** The name of the file of one SCTP stream of a flow direction. */
  ofStream(name: string, stream: number): string {
    return `${this.#stem(name)}_${stream}${this.suffix}`
  }

  /** The name of the index of a file. */
  index(name: string): string {
    return `${this.#stem(name)}.index${this.suffix}`
  }

  /** The name of a dot file that belongs to a file for a while. */
  hidden(name: string, what: string): string {
    const at = name.lastIndexOf('/') + 1
    return `${name.slice(0, at)}.${this.#stem(name).slice(at)}.${what}${this.suffix}`
  }

  #stem(name: string): string {
    return name.slice(0, name.length - this.suffix.length)
  }
}

function firstTime({ tags, frames }: Batch, row: number): string {
  return `${timeText(tags!.firstSec[row]!, tags!.firstNsec[row]!, frames.digits[row]!)}T`
}

function endpoints(batch: Batch, row: number): string {
  const { family, addr, mac, srcPort, dstPort, l4Proto, ethType } = batch.packets!
  if (family[row] === 0) {
    const type = ethType[row]!.toString(16).padStart(4, '0')
    return `${macText(mac, 3 * row, 'src')}-${macText(mac, 3 * row, 'dst')}-0x${type}`
  }
  const src = endpoint(family[row]!, addr, 8 * row, srcPort[row]!)
  const dst = endpoint(family[row]!, addr, 8 * row + 4, dstPort[row]!)
  return `${src}-${dst}-${l4Proto[row]!}`
}

function endpoint(family: number, addr: Uint32Array, at: number, port: number): string {
  const word = addr[at]!
  const address =
    family === 6 ? ipv6Full(word, addr[at + 1]!, addr[at + 2]!, addr[at + 3]!) : paddedIPv4(word)
  return `${address}.${String(port).padStart(5, '0')}`
}
