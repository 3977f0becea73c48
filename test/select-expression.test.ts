import t from 'tap'
import { compileTest } from '../lib/select/compile.ts'
import { Fields } from '../lib/select/row.ts'
import { selects, selectsRow } from './support/select-run.ts'

const PACKET = {
  type: 'packet',
  pktNo: 7,
  time: '1258563573.941668',
  hdrDesc: 'eth:vlan{2}:ipv6:ipv6.fraghdr:tcp',
  ethVlanID: [10, 20],
  srcMac: '00:0b:db:63:5b:d4',
  srcIP: '192.168.1.103',
  srcPort: 1397,
  dstIP: '198.51.100.25',
  dstPort: 25,
  l4Proto: 6,
  tcpFlags: '0x0012',
  flowInd: 35,
  dir: 'A',
  flowStat: '0x0400000000004001',
  pldStat: '0x03',
  payload: Buffer.from('EHLO m57pat\r\n').toString('base64'),
}

const TRUE = `
dstPort == 25
dstPort===25 && srcPort !== 25
$dstPort == 25
dstPort == "25"
dstPort != 80
dstPort >= 25 && dstPort <= 25 && !(dstPort < 25) && !(dstPort > 25)
1397 == srcPort
time > 1258563573.9416679
time < 1258563573.9416681
time == 1258563573.941668
time == 1258563573.9416680
time >= unix("2009-11-18T16:59:33Z") && time < unix("2009-11-18 16:59:34")
unix("2009-11-18") == 1258502400
flowStat == 0x0400000000004001
flowStat != 0x0400000000004000
flowStat & 0x0400000000000000
(flowStat & 0x0400000000004001) == flowStat
(pldStat & 0x02) && !(pldStat & 0x10)
(pldStat | 4) == 7 && (pldStat ^ 1) == 2 && pldStat << 4 == 48 && pldStat >> 1 == 1
pldStat == 3 && pldStat == 0x03 && pldStat == "0x03"
bitsanyset(pldStat, 0x02)
bitsanyset(flowStat, 0x0400000000000000)
bitsallset(pldStat, "0x03") && !bitsallset(pldStat, 0x13)
bfeq(pldStat, 3)
srcPort + 3 == 1400 && srcPort - 1397 == 0 && dstPort * 4 == 100 && dstPort / 2 == 12.5 && dstPort % 10 == 5
2 ** 3 == 8 && -dstPort == -25 && +"25" == dstPort
9007199254740993 - 1 == 9007199254740992 && 9007199254740993 * 3 == 27021597764222979
host("192.168.1.103")
host("10.0.0.0/8", "198.51.100.0/24")
shost("192.168.0.0/255.255.0.0") && dhost("198.51.100.25;1.2.3.4")
!net("10.0.0.0/8;::/0") && snet("192.168.0.0/16") && !dnet("192.168.0.0/16")
ipinnet(srcIP, "192.168.0.0/16") && privip() && privip(srcIP) && !privip(dstIP)
!mcast() && mcast("224.0.0.251") && mcast("ff02::1")
ip() && ipv4() && !ipv6() && ipv6("2001:DB8::1")
port("80;443;1-30") && port(25) && port(80, 25) && !dport("26-;-24")
sport("1024-") && dport("-1023") && !dport(80)
proto(6) && proto("tcp") && proto("udp;tcp") && tcp() && !udp() && !icmp() && !sctp() && !icmp6()
vlan(20) && vlan("15-25") && !vlan(30)
flow("1-3;35") && flow(35) && packet("7") && !packet("1-6")
tuple2("192.168.0.0/16", "*") && tuple3("*", "*", "20-30")
tuple4("192.168.1.103", 1397, "198.51.100.25", 25)
tuple5("*", "*", "198.51.100.25", 25, "tcp") && !tuple5("*", "*", "198.51.100.25", 25, "udp")
tuple2() == "192.168.1.103\\t198.51.100.25"
hdr("tcp") && hdr("vlan") && hdr("vlan{2}") && hdr("ipv6") && hdr("ipv6.fraghdr") && !hdr("ip")
hdr() || dstPort == 25
tcpflags("SYN") && tcpflags("SYN|ACK") && tcpflags(0x12) && !tcpflags("FIN") && tcpflags() == "SYN|ACK"
contains(hdrDesc, "fraghdr") && !contains(hdrDesc, "FRAG") && containsi(hdrDesc, "FRAG")
hasprefix(hdrDesc, "eth") && startswith(hdrDesc, "eth:") && startswithi(hdrDesc, "ETH")
hassuffix(hdrDesc, "tcp") && endswith(hdrDesc, ":tcp") && endswithi(hdrDesc, "TCP")
streq(dir, "A") && streqi(dir, "a") && !streq(dir, "a") && contains(dstPort, 5)
hdrDesc ~ /vlan\\{\\d\\}/ && hdrDesc !~ /gre/ && hdrDesc ~ "^eth" && matches(hdrDesc, /TCP/i)
dstPort ~ /^25$/g && dstPort ~ /^25$/g
base64d(payload) ~ /^EHLO/ && base64("a") == "YQ=="
length(dir) == 1 && length(ethVlanID) == 2 && toupper("a") == "A" && tolower("A") == "a"
substr(srcIP, 1, 3) == "192" && substr(srcIP, 9) == "1.103" && urldecode("a%20b") == "a b" && urldecode("%") == "%"
dstPort in [25, 80] && !(dstPort in [80]) && dstPort in "20-30" && srcIP in "192.168.0.0/16" && dir in ["A"]
20 in ethVlanID && !(30 in ethVlanID) && dir in "A;B"
ethVlanID == 10 && ethVlanID == 20 && ethVlanID > 15 && ethVlanID != 30 && ethVlanID[0] == 10
has(tcpFlags) && !has(icmpType)
dir == "A" ? dstPort == 25 : srcPort == 25
(missing ?? 5) == 5
utc(time) == "2009-11-18T16:59:33.941668Z" && utc(time) ~ /^2009/ && has(localtime(time))
int(12.7) == 12 && abs(-3) == 3 && hrnum(5902) == "5.90 K" && hrnum(1000) == "1000" && hrnum(1024) == "1.02 K"
true && !false
missing != 5
!(missing == 5)
`

const FALSE = `
dstPort == 80
missing == 5
missing < 5 || missing > 5 || missing >= 0
missing ~ /./
missing == undefined
missing + 1 == 1
missing
dir == a
dir < 5
pldStat & 0x10
host("fe80::/10")
bitsanyset(dir, 0xff)
bitsallset(missing, 0)
0 || "" || "0x00"
__proto__
constructor
toString == 1
type.constructor
1 / 0
hdr()
`

const lines = (text: string): string[] => text.split('\n').filter(line => line !== '')

t.test('what holds of a packet', async t => {
  for (const expression of lines(TRUE)) t.equal(selects(expression, PACKET), true, expression)
})

t.test('what does not', async t => {
  for (const expression of lines(FALSE)) t.equal(selects(expression, PACKET), false, expression)
})

t.test('members of members, and of each entry of a list', async t => {
  const record = {
    a: { b: [{ c: 1 }, { c: 'x' }] },
    'odd name': 5,
    'é"\\': 1,
    nothing: null,
    flag: true,
    half: 0.5,
  }
  for (const expression of [
    'a.b.c == "x"',
    'a.b[0].c == 1',
    'a["b"][1]["c"] == "x"',
    '!has(a.x.y)',
    '!has(nothing)',
    'nothing != 1',
    'flag == true',
    'flag',
    'half == 0.5 && half < 1',
    'a',
  ])
    t.equal(selects(expression, record), true, expression)
  t.equal(selects('flag == false', record), false)
})

t.test('rows of text: cells are texts that may spell numbers, lists, or texts in quotes', async t => {
  const row = {
    dir: 'B',
    flowInd: '12',
    flowStat: '0x0400000000004001',
    timeFirst: '1258563573.941668129',
    hdrDesc: 'eth:ipv4:tcp;eth:vlan:ipv4:tcp',
    numHdrs: '3;4',
    vlanID: '',
    srcIP: '192.168.1.103',
    srcIPOrg: '"Private network"',
    odd: '"a;\\"b\\"";"c"',
    srcPort: '1397',
    dstIP: '-',
    dstPort: '0',
    l4Proto: '6',
    l7Content: '"GET ;x\\r\\n"',
    last: '7',
  }
  for (const expression of [
    '$dir == "B" && $flowInd == 12',
    'bitsanyset($flowStat, 0x0400000000000000)',
    'timeFirst > 1258563573.941668128 && timeFirst < 1258563573.941668130',
    'timeFirst == 1258563573.941668129',
    'hdr("vlan") && hdrDesc == "eth:ipv4:tcp"',
    'numHdrs == 4 && numHdrs == 3 && !(numHdrs == 5)',
    'ethVlanID != 5 && !has(ethVlanID) && !has(vlanID)',
    'srcIPOrg == "Private network"',
    'odd == "a;\\"b\\"" && odd == "c"',
    'host("192.168.0.0/16") && !dhost("0.0.0.0/0") && tcp() && !dstPort',
    'l7Content == "\\"GET ;x\\\\r\\\\n\\""',
    'last == 7',
  ])
    t.equal(selectsRow(expression, row), true, expression)
})

t.test('what is wrong with an expression is said in one line with its place', async t => {
  for (const [expression, message] of [
    ['', 'wrong at its end: there is none'],
    ['dstPort = 25', 'wrong at character 9: = would set a field; == compares'],
    ['dstPort == ', 'wrong at its end: something is missing'],
    ['(dstPort == 3', 'wrong at its end: something is missing'],
    ['dstPort == 3)', 'wrong at character 13: unexpected token ")"'],
    ['a;b', 'wrong at character 2: unexpected token ";b"'],
    ['host(10.1.2.3)', 'wrong at character 10: addresses stand in quotes'],
    ['foo(3)', /character 1: there is no function foo\(\); there are bitsanyset, /],
    ['constructor(3)', /there is no function constructor/],
    ['aggr(srcIP)', /--aggr/],
    ['a && new Date', 'wrong at character 6: "new Date" has no meaning here'],
    ['(() => 1)()', /only functions by their name/],
    ['a ~ 5', /character 5: here stands a regular expression/],
    ['a ~ "("', /character 5: Invalid regular expression/],
    ['a == /x/', /character 6: a regular expression is compared with ~/],
    ['bitsanyset(a)', /bitsanyset\(value, mask\) was given 1 arguments/],
    ['bitsanyset(a, "x")', /character 15: this is no mask/],
    ['port("http")', /"http" is no list of numbers/],
    ['port("5-3")', /is no list of numbers/],
    ['host("10.0.0.0/33")', /is no list of addresses/],
    ['host(srcIP)', /here stands an address or a network/],
    ['tuple4("*")', /tuple4\(\) takes srcIP, srcPort, dstIP, dstPort, or nothing/],
    ['tcpflags("SYM")', /no flag is called SYM/],
    ['unix("soon")', /this is no date/],
    ['a in 5', /behind in stands a list/],
    ['a == 010', /no 0 in front/],
    ['typeof a', /typeof has no meaning here/],
    ['a instanceof b', /there is no operator instanceof/],
    ['a[b]', /has to be constant/],
    ['[a, ...b]', /a list has a value/],
    ['port(...b)', /\.\.\. has no meaning/],
    ['`x`', /has no meaning/],
  ] as const)
    t.throws(() => compileTest(expression, new Fields()), { code: 'ERR_USAGE', message }, expression)
})
