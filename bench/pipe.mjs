import { CHAIN, chain } from './chain.mjs'
import { begin, PLDUMP } from './command-line.mjs'
import { load } from './figures.mjs'
import { memory } from './memory.mjs'
import { startup } from './startup.mjs'

const USAGE = `usage: node bench/pipe.mjs [startup|memory|chain|all]… [--pairs N] [--tmpfs DIR] [--json FILE]
         [--chain LINE] [--bin COMMAND] [--many COMMAND]
  LINE runs in a shell instead of the pipe, with {capture}, {out} and {payload}; COMMAND instead of pldump, with
  {capture} and {out}: --bin with payload files, --many without`
const MANY = `${PLDUMP} --no-files`

const wish = begin(USAGE, ['startup', 'memory', 'chain'], 3, { chain: CHAIN, bin: PLDUMP, many: MANY })
if (wish) {
  const { parts, pairs, folder, commands, results } = wish
  if (parts.includes('startup')) results.startup = startup(folder)
  if (parts.includes('memory')) results.memory = memory(folder, commands.bin ?? PLDUMP, commands.many ?? MANY)
  if (parts.includes('chain')) {
    for (const name of ['bulk', 'mixed']) results[name] = chain(name, folder, pairs, commands.chain ?? CHAIN)
  }
  console.log(`load after it: ${load()}`)
  wish.keep()
}
