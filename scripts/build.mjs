// Installs what is missing and compiles, so that a fresh clone needs no command before `npm test` or `npm run demo`.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) {
    console.error(`build: ${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}`)
    process.exit(1)
  }
}

// not `npm ci`: it refuses a lock file that was written where not every platform's package could be had
if (!existsSync(join(root, 'node_modules', 'esbuild')))
  run('npm', ['install', '--no-save', '--no-fund', '--no-audit'])
run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'])

// A bin of one piece is ready in half the time of one that loads a hundred modules. Each is built on its own: what they
// share would become thirty files, and each file that is loaded takes a millisecond. Only what an option asks for
// (`await import()`) becomes a file beside it.
const { build } = await import('esbuild')
rmSync(join(root, 'dist', 'bin'), { recursive: true, force: true })
const entries = [...Object.keys(manifest.bin).map(name => `bin/${name}.ts`), 'lib/sink/sink-worker.ts']
await Promise.all(
  entries.map(entry =>
    build({
      absWorkingDir: root,
      entryPoints: [entry],
      entryNames: '[name]',
      chunkNames: `${basename(entry, '.ts')}-[hash]`,
      outdir: 'dist/bin',
      bundle: true,
      splitting: true,
      // puts constants in their places; loaded from a module each time, they cost hot loops a tenth of their time
      minifySyntax: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'warning',
    }),
  ),
)
for (const file of Object.values(manifest.bin)) chmodSync(join(root, file), 0o755)
