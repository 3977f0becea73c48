/** Filter expressions made at random, always the same for a seed. */
export function randomExpressions(count: number, seed: number): string[] {
  const draw = drawer(seed)
  return Array.from({ length: count }, () => expression(draw, 2))
}

type Draw = <Choice>(...choices: readonly Choice[]) => Choice

function drawer(seed: number): Draw {
  let state = seed
  return (...choices) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return choices[Math.floor((state / 2 ** 32) * choices.length)]!
  }
}

function expression(draw: Draw, depth: number): string {
  let text = ''
  for (let terms = draw(1, 2, 3); terms > 0; terms--) {
    text += draw('', '', '', 'not ', '! ')
    text += depth > 0 && draw(1, 2, 3) === 1 ? `(${expression(draw, depth - 1)})` : term(draw)
    if (terms > 1) text += draw(' and ', ' or ', ' && ', ' || ')
  }
  return text
}

function term(draw: Draw): string {
  const way = draw('', '', '', 'src ', 'dst ', 'src or dst ', 'src and dst ')
  switch (draw(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)) {
    case 1:
      return draw(
        'ip',
        'ip6',
        'arp',
        'tcp',
        'udp',
        'icmp',
        'icmp6',
        'sctp',
        'igmp',
        'esp',
        'stp',
        'ipx',
        'atalk',
      )
    case 2:
      return `${draw('', '', 'ip ', 'arp ')}${way}host ${draw('10.0.0.1', '192.168.1.1', '224.0.0.251', '10.1')}`
    case 3:
      return `${draw('', 'ip6 ')}${way}host ${draw('fe80::1', 'ff02::fb', '2001:db8::1')}`
    case 4:
      return `${way}net ${draw('10', '192.168', '10.0.0.0/8', '0.0.0.0/0', 'fe80::/10', '224.0.0.0/4')}`
    case 5:
    case 6:
      return `${draw('', '', 'tcp ', 'udp ')}${way}port ${draw('53', '80', '443', '25', '5353', 'http', 'domain')}`
    case 7:
      return `${draw('', 'tcp ', 'udp ')}${way}portrange ${draw('0-1023', '53-443', '1024-65535', '80')}`
    case 8:
      return `${draw('ip ', 'ip6 ', '')}proto ${draw('6', '17', '\\udp', 'gre', '44')}`
    case 9:
      return draw('broadcast', 'ip multicast', 'less 100', 'greater 60', 'vlan', 'vlan 1', 'mpls', 'pppoes')
    case 10:
      return draw('port 53 or 80', 'port (53 or 443)', 'src net 10 or 192.168', 'tcp port 80 or not 443')
    default:
      return `${arithmetic(draw, 2)} ${draw('=', '!=', '<', '>', '<=', '>=')} ${arithmetic(draw, 1)}`
  }
}

function arithmetic(draw: Draw, depth: number): string {
  const number = draw('0', '1', '2', '6', '0x0f', '40', '64', '255', '0x800', '65535', '0xffffffff')
  const header = draw('ip', 'ip6', 'arp', 'tcp', 'udp', 'icmp', 'icmp6', 'ether')
  const bytes = `${header}[${draw('0', '2', '6', '8', '12', '13', '20', '60', 'len')}${draw('', ':1', ':2', ':4')}]`
  const kind = draw('number', 'bytes', 'bytes', 'operation', 'operation', 'len')
  if (kind === 'number' || kind === 'len') return kind === 'len' ? 'len' : number
  if (kind === 'bytes' || depth === 0) return bytes
  const operator = draw('+', '-', '*', '/', '%', '&', '&', '|', '^', '<<', '>>')
  return `${arithmetic(draw, depth - 1)} ${operator} ${arithmetic(draw, depth - 1)}`
}
