import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const read = (path: string): string => readFileSync(path, 'utf8')
const under = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => join(folder, name))

/** Where a note gets its code: a member, behind its level, at what tells damage, or as the key of its message. */
const PLACES = [
  /\bcode: '([a-z-]+)'/g,
  /\bcode: ((?:'[a-z-]+' \| )+'[a-z-]+')/g,
  /'(?:error|warning)',\s*'([a-z]+(?:-[a-z]+)+)'/g,
  /#(?:damage|skipPacket|complain)\(\s*(?:rows,\s*)?'([a-z-]+)'/g,
  /READ_FAILED = '([a-z-]+)'/g,
]
const TABLES = ['lib/payload/payload-notes.ts', 'lib/payload/sctp-notes.ts', 'lib/decode/fragment-log.ts']

t.test('every code of a note is documented, and no other', t => {
  const codes = new Set<string>()
  const add = (found: string): void => {
    for (const [code] of found.matchAll(/[a-z]+(?:-[a-z]+)+/g)) codes.add(code)
  }
  for (const path of [...under('lib'), ...under('bin')]) {
    for (const place of PLACES) for (const [, found] of read(path).matchAll(place)) add(found!)
  }
  for (const path of TABLES) {
    const table = /const MESSAGES = \{(.*?)\} as const/s.exec(read(path))![1]!
    for (const [, key] of table.matchAll(/^ {2}'([a-z-]+)':/gm)) add(key!)
  }
  const chapter = /^## note\n(.*?)^## /ms.exec(read('docs/records.md'))![1]!
  const documented = [...chapter.matchAll(/^\| `([a-z-]+)` +\| (?:error|warning)/gm)].map(([, code]) => code!)
  t.same([...documented].sort(), [...codes].sort())
  t.equal(new Set(documented).size, documented.length, 'each once')
  t.ok(documented.length > 40)
  t.end()
})

t.test('each test that a promise names is there', t => {
  const tests = readdirSync('test').filter(name => name.endsWith('.test.ts'))
  const text = read('docs/reliability.md')
  const named = new Set([...text.matchAll(/`test\/([\w-]+\.test\.ts)`/g)].map(([, name]) => name!))
  // the last column of the faults names them shortly
  const faults = /^## When the system fails\n(.*?)^## /ms.exec(text)![1]!
  for (const [, cell] of faults.matchAll(/\| ([a-z][a-z-]+(?: \([^|]*\))?(?:, [a-z][a-z-]+)*) +\|$/gm)) {
    for (const name of cell!.replace(/\([^)]*\)/g, '').split(',')) named.add(`${name.trim()}.test.ts`)
  }
  for (const name of named) t.ok(tests.includes(name), name)
  t.equal(named.size, 12)
  t.end()
})
