// Writes expected.json and office.sha256 from what the servers and clients hold and logged.
// The capture itself is not opened here (but for its own checksum): a test compares the two.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [work, target] = process.argv.slice(2)
if (!work || !target) throw new Error('usage: expected.mjs WORK_FOLDER TARGET_FOLDER')

const content = name => readFileSync(join(work, 'content', name))
const log = name => readFileSync(join(work, 'log', name), 'utf8')
const digest = bytes => ({ sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length })
const host = { office: ['10.20.0.10', 'fd20:20::10'], ftp: ['198.51.100.21', 'fd20:51::21'] }
host.mail = ['198.51.100.25', 'fd20:51::25']

const ends = (server, version, clientPort, serverPort) => {
  const family = version === 4 ? 0 : 1
  return { client: host.office[family], clientPort, server: host[server][family], serverPort }
}

const ftpObject = (what, name, version, direction, ports) => ({
  what,
  name,
  ...digest(content(name)),
  where: { protocol: 'ftp-data', ...ends('ftp', version, ...ports), direction },
  whole: true,
})

const only = (text, pattern) => {
  const found = [...text.matchAll(pattern)]
  if (found.length !== 1) throw new Error(`${pattern}: ${found.length} times`)
  return found[0].slice(1).map(Number)
}

const ftpObjects = () => {
  const [high, low] = only(log('berths.csv.trace'), /^< 227 .*,(\d+),(\d+)\)/gm)
  const [extended] = only(log('chart.png.trace'), /^< 229 .*\|\|\|(\d+)\|/gm)
  const [clientHigh, clientLow] = only(log('manifest.csv.trace'), /^> PORT .*,(\d+),(\d+)/gm)
  // In passive mode the client's port is in no log: the server's alone is enough to find the flow.
  const passive = port => [null, port]
  const active = [clientHigh * 256 + clientLow, 20]
  return [
    ftpObject(
      'file fetched with PASV and RETR',
      'ftp/berths.csv',
      4,
      'server-to-client',
      passive(high * 256 + low),
    ),
    ftpObject('file fetched with EPSV and RETR', 'ftp/chart.png', 6, 'server-to-client', passive(extended)),
    ftpObject('file stored with PORT and STOR', 'ftp/manifest.csv', 4, 'client-to-server', active),
  ]
}

const mailObjects = () => {
  const mail = (what, name, message, version, decode) => ({
    what,
    name,
    ...digest(content(name)),
    where: {
      protocol: 'smtp',
      ...ends('mail', version, Number(log(`${message}.port`)), 25),
      direction: 'client-to-server',
    },
    whole: false,
    framing: { after: 'DATA\r\n', until: '\r\n.\r\n', keep: '\r\n', decode },
  })
  return [
    mail('message with an attachment', 'client/plan.eml', 'plan.eml', 4, ['dot-unstuffing']),
    mail('picture attached to it', 'client/plan.png', 'plan.eml', 4, [
      'dot-unstuffing',
      'mime part 2',
      'base64',
    ]),
    mail('message with lines that begin with a dot', 'client/signals.eml', 'signals.eml', 6, [
      'dot-unstuffing',
    ]),
  ]
}

const exchanges = log('exchanges.ndjson')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))

const httpObject = (exchange, what, name, decode, bytes = content(name)) => ({
  what,
  name,
  ...digest(bytes),
  where: {
    protocol: 'http',
    client: exchange.client,
    clientPort: exchange.clientPort,
    server: exchange.server,
    serverPort: exchange.serverPort,
    direction: 'server-to-client',
  },
  whole: false,
  framing: { response: exchange.response, after: '\r\n\r\n', length: exchange.bodyBytes, decode },
})

const httpObjects = () =>
  exchanges.flatMap(exchange => {
    const { path, status, bodyBytes, contentRange, contentEncoding, transferEncoding } = exchange
    const file = `www${path}`
    if (bodyBytes === 0 || status === 404) return []
    if (status === 206) {
      const [first, last] = only(contentRange, /^bytes (\d+)-(\d+)\//g)
      const part = content(file).subarray(first, last + 1)
      return [httpObject(exchange, `bytes ${first} to ${last} of ${path}`, `${file}.part`, [], part)]
    }
    if (transferEncoding === 'chunked') {
      return [httpObject(exchange, `${path}, compressed while it was sent`, file, ['chunked', 'gzip'])]
    }
    if (contentEncoding === 'gzip') {
      return [
        httpObject(exchange, `${path}, the compressed file as sent`, `${file}.gz`, []),
        httpObject(exchange, `${path}, unpacked`, file, ['gzip']),
      ]
    }
    return [httpObject(exchange, path, file, [])]
  })

const firstDay = pcap => new Date(pcap.readUInt32LE(24) * 1000).toISOString().slice(0, 10)

const bytes = readFileSync(join(work, 'office.pcap'))
const packages = Object.fromEntries(
  log('versions')
    .trim()
    .split('\n')
    .map(line => line.split(' ')),
)
const expected = {
  capture: { file: 'office.pcap', ...digest(bytes), recorded: firstDay(bytes), packages },
  objects: [...ftpObjects(), ...mailObjects(), ...httpObjects()],
  // Every response in order: whoever cuts out the k-th must know which of them have no body.
  responses: exchanges,
}
// Lists of words on one line, as the project's formatter wants them
const text = JSON.stringify(expected, null, 2).replace(/\[\s+("[^\]]*")\s+\]/g, (_, words) => {
  return `[${words.replace(/,\s+/g, ', ')}]`
})
writeFileSync(join(target, 'expected.json'), `${text}\n`)
const lines = expected.objects.map(({ sha256, name }) => `${sha256}  ${name}\n`)
writeFileSync(join(target, 'office.sha256'), lines.join(''))
