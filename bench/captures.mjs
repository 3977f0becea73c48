import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WORKLOADS } from './generate/workloads.mjs'
import { generate } from './generate.mjs'

/**
 * The folder for captures and results.
 * @param {string} parent such as /dev/shm
 * @returns {string}
 */
export function workFolder(parent) {
  const folder = join(parent, 'pldpipe-bench')
  mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * The capture of a workload, made if it is not there yet or if the generator has changed since; parts of a workload
 * come with their digests, in `FILE.json`.
 * @param {string} folder
 * @param {string} name of the workload
 * @param {number} [mb] size in 10^6 bytes, of a part
 * @returns {string} its path
 */
export function capture(folder, name, mb) {
  const file = join(folder, mb === undefined ? `${name}.pcap` : `${name}-${mb}.pcap`)
  const keyFile = `${file}.key`
  const key = generatorKey()
  if (existsSync(file) && existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) return file
  const { bytes, seconds } = generate(name, file, mb === undefined ? {} : { mb, digests: name !== 'many' })
  writeFileSync(keyFile, key)
  console.error(`made ${file}: ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s`)
  return file
}

/** Takes away a capture that is not worth its memory. @param {string} file */
export function discard(file) {
  for (const path of [file, `${file}.key`, `${file}.json`]) rmSync(path, { force: true })
}

/** @returns {string} changes with the generator's sources */
function generatorKey() {
  const folder = join(import.meta.dirname, 'generate')
  const hash = createHash('sha256').update(JSON.stringify(WORKLOADS))
  for (const name of readdirSync(folder).toSorted()) hash.update(readFileSync(join(folder, name)))
  return hash.digest('hex')
}
