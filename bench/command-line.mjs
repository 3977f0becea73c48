import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { workFolder } from './captures.mjs'
import { environment } from './figures.mjs'

export const PLDUMP = '{node} {dist}/pldump.js {capture} -w {out} --no-udp -q --flow-timeout 0'

/**
 * @typedef {object} Wish What the command line asks for.
 * @property {string[]} parts in the order in which they are known
 * @property {number} pairs
 * @property {string} folder
 * @property {Record<string, string>} commands
 * @property {Record<string, unknown>} results to be filled, and handed to `keep`
 * @property {() => void} keep writes the results to the file of `--json`, if there is one
 */

/**
 * Reads the command line, shows the environment, and names commands that were put in the place of others.
 * @param {string} usage
 * @param {string[]} known parts that can be asked for
 * @param {number} usualPairs
 * @param {Record<string, string>} usualCommands options that take a command
 * @returns {Wish | undefined} undefined after a usage error, which has been told
 */
export function begin(usage, known, usualPairs, usualCommands) {
  const parsed = parse(usualCommands)
  const asked = parsed?.positionals ?? []
  const parts =
    asked.length === 0 || asked.includes('all') ? known : known.filter(part => asked.includes(part))
  const pairs = Number(parsed?.values.pairs ?? usualPairs)
  if (!parsed || !(pairs >= 1) || !asked.every(part => part === 'all' || known.includes(part))) {
    console.error(usage)
    process.exitCode = 2
    return undefined
  }
  const { tmpfs = '/dev/shm', json } = parsed.values
  const folder = workFolder(tmpfs)
  const facts = environment(folder)
  for (const [what, value] of Object.entries(facts)) console.log(`${what}: ${value}`)
  /** @type {Record<string, string>} */
  const commands = {}
  for (const [option, usual] of Object.entries(usualCommands)) {
    const command = parsed.values[option] ?? usual
    commands[option] = command
    if (command !== usual) console.log(`--${option} is here: ${command}`)
  }
  /** @type {Record<string, unknown>} */
  const results = { environment: facts, commands }
  const keep = () => {
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`)
  }
  return { parts, pairs, folder, commands, results, keep }
}

/**
 * @param {Record<string, string>} commands
 * @returns {{ values: Record<string, string | undefined>, positionals: string[] } | undefined}
 */
function parse(commands) {
  const names = ['pairs', 'tmpfs', 'json', ...Object.keys(commands)]
  const options = Object.fromEntries(names.map(name => [name, { type: /** @type {const} */ ('string') }]))
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return undefined
  }
}
