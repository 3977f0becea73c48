import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CaptureSeries } from '../lib/capture/capture-series.ts'
import { capturesOf } from '../lib/cli/captures.ts'
import { parseArguments } from '../lib/cli/options.ts'
import { CAPTURE_OPTIONS } from '../lib/cli/stage-options.ts'
import { shell } from './support/bins.ts'
import { pcap } from './support/build-capture.ts'

const of = (...words: string[]) => capturesOf(parseArguments(words, CAPTURE_OPTIONS))

t.test('what a command line reads', t => {
  t.match(of(), { captures: ['-'], name: 'stdin', filter: undefined, skipBad: false, follow: false })
  t.match(of('a/mail.pcap', 'b.pcap'), {
    captures: ['a/mail.pcap', 'b.pcap'],
    name: 'mail',
    filter: undefined,
  })
  t.match(of('-r', 'a.pcap'), { captures: ['a.pcap'], filter: undefined })
  t.match(of('-r', 'a.pcap', '-r', 'b.tar.gz', 'port', '21'), {
    captures: ['a.pcap', 'b.tar.gz'],
    filter: 'port 21',
  })
  t.match(of('-r', '-', 'tcp[13] & 2 != 0'), { captures: ['-'], name: 'stdin', filter: 'tcp[13] & 2 != 0' })
  const { captures, name } = of('--series', 'd/x.pcap0,3', 'udp')
  t.ok(captures instanceof CaptureSeries)
  t.equal(name, 'x')
  t.throws(() => of('-r', 'a', '-R', 'b'), { message: '--read and --list are two inputs; give one' })
  t.end()
})

t.test('lists and filters from files', t => {
  const folder = t.testdir({
    list: '# captures\n\na.pcap\r\nsub/b.pcap\n',
    none: '# nothing\n',
    filter: 'tcp\nport 80\n',
  })
  const path = (name: string): string => join(folder, name)
  t.match(of('-R', path('list')), { captures: ['a.pcap', 'sub/b.pcap'], skipBad: true, name: 'a' })
  t.match(of('-R', path('list'), '-F', path('filter'), 'udp'), { filter: 'tcp\nport 80' }, 'a file wins')
  t.throws(() => of('-R', path('none')), { code: 'ERR_USAGE', message: 'names no captures' })
  t.throws(() => of('-R', path('gone')), { code: 'ERR_OPEN' })
  t.end()
})

t.test('a list with a capture that cannot be read', t => {
  const cwd = t.testdir({ list: 'one.pcap\nbad\n' })
  writeFileSync(join(cwd, 'one.pcap'), pcap([Buffer.from('one')]))
  writeFileSync(join(cwd, 'bad'), 'nothing of the kind')
  const { stdout, stderr, code } = shell('pcap2json -R list', cwd)
  t.equal(stdout.split('\n').filter(line => line.includes('"packet"')).length, 1)
  t.equal(stderr, 'pcap2json: bad: is no pcap or pcapng capture; it is left out\n')
  t.equal(code, 1)
  t.end()
})
