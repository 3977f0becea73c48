import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ROOT } from './support/bins.ts'

interface Locked {
  version: string
  integrity?: string
  dev?: boolean
  hasInstallScript?: boolean
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string>>
const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
const installed = Object.entries(lock.packages).filter(([path]) => path !== '')
const atRunTime = installed.filter(([, { dev }]) => dev !== true)

t.test('what is installed beside pldpipe is what the README argues for', async t => {
  const section = read('README.md').split('## Dependencies')[1]!.split('\n## ')[0]!
  const argued = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name)
  t.same(Object.keys(manifest.dependencies!).sort(), argued.sort())
  t.same(
    atRunTime.map(([path]) => path.replace('node_modules/', '')).sort(),
    [...argued, 'stream-chain'].sort(),
    'and, beneath stream-json, its own base',
  )
})

t.test('the lockfile says of every package which bytes it has', async t => {
  const { dependencies, devDependencies } = lock.packages[''] as unknown as typeof manifest
  t.same([dependencies, devDependencies], [manifest.dependencies, manifest.devDependencies])
  for (const [path, { integrity }] of installed) {
    if (!integrity?.startsWith('sha512-')) t.fail(`${path} has no digest`)
  }
})

t.test('nothing that is installed beside pldpipe runs a script for it', async t => {
  for (const [path, { hasInstallScript }] of atRunTime) {
    t.notOk(hasInstallScript, path)
    if (!existsSync(join(ROOT, path))) continue
    const { scripts = {} } = JSON.parse(read(join(path, 'package.json'))) as typeof manifest
    for (const name of ['preinstall', 'install', 'postinstall']) t.notOk(name in scripts, `${path}: ${name}`)
  }
  t.same(
    installed.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path),
    ['node_modules/esbuild'],
    'of those that only build it, esbuild puts its program in place',
  )
})

t.test('pldpipe itself runs nothing when it is installed', async t => {
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
    t.notOk(name in manifest.scripts!, name)
})
