// Makes every file that the recorded servers hold and every message that the clients send.
// All of it comes from one seeded generator, so that nothing of anyone else's is in the capture.
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'

const root = process.argv[2]
if (!root) throw new Error('usage: content.mjs FOLDER')

const random = seed => () => {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return seed >>> 0
}

const save = (name, data) => {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, data)
  // nginx derives Last-Modified and ETag from it
  utimesSync(path, 1_790_000_000, 1_790_000_000)
}

const noise = (length, seed) => {
  const next = random(seed)
  return Buffer.from(Array.from({ length }, () => next() & 255))
}

// zlib.crc32 is missing in the Node versions of Debian 12
const crc32 = bytes => {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0)
  }
  return ~crc >>> 0
}

const pngChunk = (type, body) => {
  const chunk = Buffer.alloc(body.length + 12)
  chunk.writeUInt32BE(body.length, 0)
  chunk.write(type, 4, 'latin1')
  body.copy(chunk, 8)
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), body.length + 8)
  return chunk
}

// RGB, 8 bits: waves with some grain, so that it does not compress to nothing
const picture = (width, height, seed) => {
  const next = random(seed)
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wave = Math.round(24 * Math.sin(x / 9 + y / 17) + y)
      const at = y * (1 + width * 3) + 1 + x * 3
      rows[at] = 20 + (next() & 15)
      rows[at + 1] = 90 + (wave & 63) + (next() & 15)
      rows[at + 2] = 150 + (wave & 63) + (next() & 15)
    }
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
  const parts = [
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]
  return Buffer.concat([signature, ...parts])
}

const ships = ['Aster', 'Bellona', 'Corvina', 'Dunlin', 'Eider', 'Fulmar', 'Gannet', 'Heron']
const cargos = ['timber', 'salt', 'grain', 'machine parts', 'paper', 'empty']

const table = (rows, seed) => {
  const next = random(seed)
  const pick = list => list[next() % list.length]
  const lines = ['call,ship,berth,cargo,tonnes,hour']
  for (let i = 1; i <= rows; i++) {
    lines.push(
      [i, `MV ${pick(ships)}`, 1 + (next() % 12), pick(cargos), next() % 9000, next() % 24].join(','),
    )
  }
  return `${lines.join('\n')}\n`
}

const page = (title, rows, seed) => {
  const cells = line => line.split(',').map(cell => `<td>${cell}</td>`)
  const body = table(rows, seed).trim().split('\n').slice(1)
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title><link rel="stylesheet" href="/style.css"></head>
<body><h1>${title}</h1><img src="/harbour.png" alt="Harbour"><table>
${body.map(line => `<tr>${cells(line).join('')}</tr>`).join('\n')}
</table></body></html>
`
}

const style = Array.from({ length: 40 }, (_, i) => `.berth-${i} { order: ${i}; margin: ${i % 7}px; }\n`).join(
  '',
)

const mailHead = (subject, id) => [
  'From: Clerk <clerk@office.example>',
  'To: Master <master@harbour.example>',
  `Subject: ${subject}`,
  'Date: Tue, 24 Nov 2026 08:00:00 +0000',
  `Message-ID: <${id}@office.example>`,
  'MIME-Version: 1.0',
]

const mailWithPicture = image => [
  ...mailHead('Berth plan', 'berth-plan'),
  'Content-Type: multipart/mixed; boundary="berth-plan-boundary"',
  '',
  '--berth-plan-boundary',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: 8bit',
  '',
  'The plan for tomorrow is attached. Grüße, the clerk',
  '',
  '--berth-plan-boundary',
  'Content-Type: image/png; name="plan.png"',
  'Content-Disposition: attachment; filename="plan.png"',
  'Content-Transfer-Encoding: base64',
  '',
  ...image.toString('base64').match(/.{1,76}/g),
  '--berth-plan-boundary--',
  '',
]

// Lines that begin with a dot are doubled on the wire (RFC 5321 section 4.5.2).
const mailWithDots = [
  ...mailHead('Signals', 'signals'),
  'Content-Type: text/plain; charset=us-ascii',
  '',
  '.-  means under way',
  '.',
  '..  means moored',
  'A dot alone on a line stood above.',
  '',
]

const plan = picture(104, 88, 0x0bad_cafe)
save('ftp/berths.csv', table(3400, 0x1234_5678))
save('ftp/chart.png', picture(128, 100, 0x5eed_0001))
save('client/manifest.csv', table(1500, 0x2468_ace1))
save('www/index.html', page('Harbour office', 160, 0x1111_1111))
save('www/index.html.gz', gzipSync(page('Harbour office', 160, 0x1111_1111)))
save('www/arrivals.html', page('Arrivals', 420, 0x2222_2222))
save('www/style.css', style)
save('www/harbour.png', picture(96, 72, 0x5eed_0002))
save('www/soundings.bin', noise(90_000, 0x3333_3333))
save('client/plan.png', plan)
save('client/plan.eml', mailWithPicture(plan).join('\r\n'))
save('client/signals.eml', mailWithDots.join('\r\n'))
