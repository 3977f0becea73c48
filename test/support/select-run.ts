import { Selection, type SelectionOptions } from '../../lib/select/selection.ts'

export interface SelectRun {
  out: string
  complaints: string[]
}

/** What flowsel prints of files with these contents, each given in pieces of `size` bytes. */
export function selectFrom(
  files: readonly (string | Uint8Array)[],
  options: SelectionOptions,
  size = 1 << 16,
): SelectRun {
  const complaints: string[] = []
  const selection = new Selection(options, (code, message, file, line) =>
    complaints.push([code, file, line, message].filter(one => one !== undefined).join(' ')),
  )
  const out: Uint8Array[] = []
  for (const pass of [1, 2] as const) {
    if (pass > selection.passes) break
    const reader = selection.pass(pass)
    for (const [number, file] of files.entries()) {
      reader.begin(`file${number}`)
      const bytes = Buffer.from(file)
      for (let from = 0; from < bytes.length; from += size) {
        // a copy, so that a piece that is kept too long would be seen
        reader.feed(Uint8Array.from(bytes.subarray(from, from + size)))
        out.push(...selection.output.take())
      }
      reader.end()
    }
  }
  selection.finish()
  out.push(...selection.output.take())
  return { out: Buffer.concat(out).toString(), complaints }
}

/** Whether an expression selects a record. */
export function selects(expression: string, record: object): boolean {
  return selectFrom([`${JSON.stringify(record)}\n`], { expression, only: true }).out !== ''
}

/** Whether an expression selects a row of text with these columns. */
export function selectsRow(expression: string, columns: Record<string, string>): boolean {
  const text = `%${Object.keys(columns).join('\t')}\n${Object.values(columns).join('\t')}\n`
  return selectFrom([text], { expression, bare: true }).out !== ''
}
