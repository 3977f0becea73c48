import { randomBytes } from 'node:crypto'
import { openSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary file, open for both, that has no name any more, so that nothing stays behind however the run ends. */
export function openNameless(): number {
  const path = join(tmpdir(), `pldpipe-${process.pid}-${randomBytes(8).toString('hex')}`)
  const fd = openSync(path, 'wx+', 0o600)
  unlinkSync(path)
  return fd
}
