import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CAPTURE, PATH, PLAIN_NODE } from './support/bins.ts'
import { hasSharedCaptures, sharedCaptures } from './support/shared-captures.ts'

// The same capture through one process and through three bins in a pipe, by base64 and by reference.
const WAYS = {
  process: 'pldump -q --l2 --icmp --flow-timeout 0 -w process "$FILE"',
  base64:
    'pcap2json "$FILE" | flowtag --flow-timeout 0 | pldsink --l2 --icmp -o base64/payload > base64.ndjson',
  reference:
    'pcap2json --payload ref "$FILE" | flowtag --flow-timeout 0 | pldsink --l2 --icmp -o reference/payload > /dev/null',
  chunks:
    'pcap2json "$FILE" | flowtag --flow-timeout 0 | pldchunk --l2 --icmp | pldsink --l2 --icmp -o chunks/payload > /dev/null',
}

function run(command: string, cwd: string, file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', PLAIN_NODE + command], {
      cwd,
      env: { ...process.env, PATH, FILE: file },
    })
    let stderr = ''
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    child.stdout.resume()
    child.on('error', reject)
    child.on('close', () => resolve(stderr))
  })
}

/** The payload files of a run by name. */
function files(folder: string): Map<string, Buffer> {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return new Map()
  }
  return new Map(
    names
      .filter(name => !name.startsWith('.'))
      .map(name => [name, readFileSync(join(folder, name))] as const),
  )
}

/** Where the ways differ; empty if they agree. */
async function differences(file: string, ways: (keyof typeof WAYS)[]): Promise<string[]> {
  const cwd = mkdtempSync(join(tmpdir(), 'pldpipe-streets-'))
  try {
    for (const way of ways) await run(WAYS[way], cwd, file)
    const [first, ...others] = ways.map(way => files(join(cwd, way, 'payload')))
    return others.flatMap((other, index) => {
      const names = new Set([...first!.keys(), ...other.keys()])
      return [...names]
        .filter(name => !first!.has(name) || !other.has(name) || !first!.get(name)!.equals(other.get(name)!))
        .map(name => `${file}: ${name} by ${ways[index + 1]}`)
    })
  } finally {
    rmSync(cwd, { recursive: true })
  }
}

t.test('the bundled capture gives the same files by every way', async t => {
  t.same(await differences(CAPTURE, ['process', 'base64', 'reference', 'chunks']), [])
})

t.test(
  'every shared capture gives the same files in a process and in a pipe',
  {
    skip: hasSharedCaptures ? false : 'the folder with captures is not there',
  },
  async t => {
    const captures = sharedCaptures()
    const wrong: string[] = []
    const queue = [...captures]
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        wrong.push(...(await differences(next.file, ['process', 'base64'])))
      }
    }
    await Promise.all(Array.from({ length: availableParallelism() }, worker))
    t.comment(`${captures.length} captures compared`)
    t.ok(captures.length > 0, 'there are captures to compare')
    t.same(wrong, [])
  },
)
