import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CaptureWriter } from './generate/capture-writer.mjs'
import { Digests } from './generate/digests.mjs'
import { PayloadSource } from './generate/payload-source.mjs'
import { Random } from './generate/random.mjs'
import { WORKLOADS } from './generate/workloads.mjs'

const USAGE = `usage: node bench/generate.mjs ${Object.keys(WORKLOADS).join('|')} FILE [--mb N] [--pad] [--digests]`

/**
 * Writes the capture of a workload; the same arguments always give the same bytes.
 * @param {string} name of the workload
 * @param {string} file
 * @param {{ mb?: number, pad?: boolean, digests?: boolean }} [options] size in 10^6 bytes (about); frames filled up to
 *   60 bytes; the MD5 of each stream written to `FILE.json`
 * @returns {{ bytes: number, packets: number, conversations: number, seconds: number }}
 */
export function generate(name, file, options = {}) {
  const workload = WORKLOADS[name]
  if (!workload) throw new RangeError(`no workload is called ${name}`)
  const started = performance.now()
  const payload = new PayloadSource(1)
  const digests = options.digests ? new Digests(payload) : undefined
  const writer = new CaptureWriter(file, payload, options.pad ?? false)
  const bytes = (options.mb ?? workload.mb) * 1e6
  const conversations = workload.make({ writer, random: new Random(2), digests, bytes })
  writer.close()
  digests?.write(`${file}.json`)
  const seconds = (performance.now() - started) / 1000
  return { bytes: writer.bytes, packets: writer.packets, conversations, seconds }
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { mb: { type: 'string' }, pad: { type: 'boolean' }, digests: { type: 'boolean' } },
  })
  const [name, file] = positionals
  const mb = values.mb === undefined ? undefined : Number(values.mb)
  if (!name || !WORKLOADS[name] || !file || (mb !== undefined && !(mb > 0))) {
    console.error(USAGE)
    process.exitCode = 2
    return
  }
  const { bytes, packets, conversations, seconds } = generate(name, file, { ...values, mb })
  console.log(
    `${file}: ${bytes} bytes, ${packets} packets, ${conversations} conversations, in ${seconds.toFixed(2)} s`,
  )
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) main()
