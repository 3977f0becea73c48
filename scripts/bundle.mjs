import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'

export const ROOT = resolve(import.meta.dirname, '..')

/**
 * Puts TypeScript of the tests and what it imports of the project into one file that Node runs; `entry` is its path from
 * the top of the project. Packages stay outside, so `outfile` has to lie where Node finds them. `options` are further ones of esbuild.
 */
export async function bundleTests(entry, outfile, options = {}) {
  mkdirSync(dirname(outfile), { recursive: true })
  await build({
    entryPoints: [join(ROOT, entry)],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    ...options,
  })
}

/** A place in the project for such a file, of this process alone. */
export function bundlePath(name) {
  return join(ROOT, `node_modules/.cache/hostile/${name}-${process.pid}.mjs`)
}
