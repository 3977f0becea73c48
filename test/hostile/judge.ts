import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ERROR_CODES, PldError } from '../../lib/errors.ts'
import type { Case } from './capture-cases.ts'

export interface Verdict {
  /** Undefined: as it should be. */
  fault: string | undefined
  /** The code of the error that the input was refused with. */
  refused: string | undefined
  /** Time of the processor, which does not depend on what else the machine has to do. */
  ms: number
}

/** Runs a case in a folder of its own. An error is no fault if it is one of those that are documented. */
export async function judge(one: Case): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-hostile-'))
  const start = process.cpuUsage()
  const verdict: Verdict = { fault: undefined, refused: undefined, ms: 0 }
  try {
    await one.run(folder)
  } catch (error) {
    if (error instanceof PldError && Object.hasOwn(ERROR_CODES, error.code)) verdict.refused = error.code
    else verdict.fault = (error as Error)?.stack ?? String(error)
  } finally {
    const { user, system } = process.cpuUsage(start)
    verdict.ms = (user + system) / 1000
    rmSync(folder, { recursive: true, force: true })
  }
  return verdict
}
