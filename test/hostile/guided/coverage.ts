import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector'

interface Range {
  startOffset: number
  endOffset: number
  count: number
}

interface Script {
  url: string
  functions: { ranges: Range[] }[]
}

/** What a file of lib/ has in the bundle, and what of it no case reached. */
export interface FileCoverage {
  file: string
  chars: number
  missed: number
  /** Where in the bundle: from, to. */
  gaps: [from: number, to: number][]
}

/**
 * Which blocks of the library V8 has run, by its own counts of the bundle. Each look tells of what ran since the one
 * before, functions within those that ran included; so what is marked is the whole tree of blocks, outer ones first.
 */
export class Coverage {
  /** Different blocks that were run. */
  blocks = 0
  readonly #session = new Session()
  readonly #url: string
  readonly #source: string
  /** 1: of lib/, not reached yet. */
  readonly #open: Uint8Array
  readonly #now: Uint8Array
  readonly #files: [file: string, from: number, to: number][]

  constructor(url: string, path: string) {
    this.#url = url
    this.#source = readFileSync(path, 'utf8')
    // whole words, to be compared four at a time
    this.#open = new Uint8Array((this.#source.length + 3) & ~3)
    this.#now = new Uint8Array(this.#open.length)
    this.#files = filesIn(this.#source)
    for (const [, from, to] of this.#files) this.#open.fill(1, from, to)
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Looks at what ran since the last look: how many blocks of it are new. */
  look(): number {
    const { result } = this.#post('Profiler.takePreciseCoverage') as { result: Script[] }
    const script = result.find(({ url }) => url === this.#url)
    if (script === undefined) return 0
    const now = this.#now.fill(0)
    for (const { ranges } of script.functions) {
      for (const { startOffset, endOffset, count } of ranges)
        now.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    }
    return this.#take()
  }

  /** By file, those first of which most is missing. */
  files(): FileCoverage[] {
    const found = this.#files.map(([file, from, to]) => {
      const gaps: [number, number][] = []
      let missed = 0
      for (let at = from; at < to; at++) {
        if (this.#open[at] === 0) continue
        const start = at
        while (at < to && this.#open[at] === 1) at++
        missed += at - start
        gaps.push([start, at])
      }
      return { file, chars: to - from, missed, gaps }
    })
    return found.sort((a, b) => b.missed - a.missed)
  }

  /** Text of the bundle. */
  text(from: number, to: number): string {
    return this.#source.slice(from, to)
  }

  /** Closes what was reached; a stretch that was open until now is a new block. */
  #take(): number {
    const open = new Uint32Array(this.#open.buffer)
    const now = new Uint32Array(this.#now.buffer)
    let found = 0
    let end = -1
    for (let word = 0; word < open.length; word++) {
      if ((open[word]! & now[word]!) === 0) continue
      for (let at = 4 * word; at < 4 * word + 4; at++) {
        if ((this.#open[at]! & this.#now[at]!) === 0) continue
        if (at !== end) found++
        end = at + 1
        this.#open[at] = 0
      }
    }
    this.blocks += found
    return found
  }

  /** Inside the same thread the answer comes at once. */
  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw new Error(`${method}: ${JSON.stringify(error)}`)
      answer = result
    })
    return answer
  }
}

/** Where esbuild put the modules of lib/: each begins with a comment that names it. */
function filesIn(source: string): [string, number, number][] {
  const heads = [...source.matchAll(/^\/\/ (\S+\.(?:ts|js|mjs))$/gm)]
  return heads.flatMap((head, i): [string, number, number][] => {
    const to = heads[i + 1]?.index ?? source.length
    return head[1]!.startsWith('lib/') ? [[head[1]!, head.index + head[0].length, to]] : []
  })
}
