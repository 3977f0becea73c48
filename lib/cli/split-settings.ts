import { PldError } from '../errors.ts'
import type { Arguments } from './options.ts'

/**
 * Refuses operands like `PLDUMP_TCP_PORTS=21`. A shell makes two words of `-D PLDUMP_TCP_PORTS={25,21}` unless its
 * braces are quoted, and the second would be taken for a file. Behind `--` they are files. Throws ERR_USAGE.
 */
export function refuseSettings(words: readonly string[], { options, operands }: Arguments): void {
  const end = words.indexOf('--')
  const open = end < 0 ? operands : operands.slice(0, operands.length - (words.length - end - 1))
  const setting = open.find(isAssignment)
  if (setting === undefined) return
  const name = setting.slice(0, setting.indexOf('=') + 1)
  const values = [...((options.define as string[] | undefined) ?? []), ...open]
    .filter(text => text.startsWith(name))
    .map(text => text.slice(name.length))
  const value = values.length > 1 ? `{${values.join(',')}}` : values[0]
  const fault = values.length > 1 ? 'the shell has split a list; put it in quotes' : 'settings need -D'
  throw new PldError('ERR_USAGE', `${setting} is no file: ${fault}, -D '${name}${value}'`)
}

/** `NAME=value`, but no comparison of an expression. */
function isAssignment(operand: string): boolean {
  return /^[A-Z][A-Z0-9_]*=(?!=)/.test(operand)
}
