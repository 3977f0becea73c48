/** The words of the language; everything else that looks like a word is a name of a port, protocol or host. */

/** Protocols that can stand alone, in front of `host`, `proto` …, or in front of `[`. */
export const PROTOCOLS = new Set(
  (
    'link ip arp rarp sctp tcp udp icmp igmp igrp pim vrrp carp atalk aarp decnet lat sca moprc mopdl ' +
    'ip6 icmp6 ah esp iso stp ipx netbeui'
  ).split(' '),
)

/** Other spellings. */
export const SAME_WORDS: Readonly<Record<string, string>> = {
  ether: 'link',
  ppp: 'link',
  slip: 'link',
  fddi: 'link',
  tr: 'link',
  wlan: 'link',
  '&&': 'and',
  '||': 'or',
  '!': 'not',
  '==': '=',
  length: 'len',
}

/** Words with a place of their own in the grammar. */
export const KEYWORDS = new Set(
  (
    'src dst host net mask port portrange proto less greater broadcast multicast and or not len ' +
    'inbound outbound vlan mpls pppoed pppoes'
  ).split(' '),
)

/** Words of tcpdump's language that nothing is made of here, and why. */
export const REFUSED: Readonly<Record<string, string>> = {
  ...because('headers are not followed through such a chain', 'protochain'),
  ...because('it needs names of hosts, which are not looked up', 'gateway'),
  ...because(
    'what lies in a tunnel is not looked at; select flows behind the decoder instead',
    'geneve vxlan batadv',
  ),
  ...because(
    '802.11 fields are not selected',
    'type subtype direction dir address1 addr1 address2 addr2 address3 addr3 address4 addr4 ra ta radio',
  ),
  ...because('LLC fields are not selected; use ether[…]', 'llc'),
  ...because(
    'OSI protocols are not selected; use ether[…]',
    'esis es-is isis is-is clnp l1 l2 iih lsp snp csnp psnp',
  ),
  ...because(
    'ATM is not selected',
    'lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect',
  ),
  ...because(
    'firewall logs are not selected',
    'on ifname rset ruleset rnr rulenum srnr subrulenum reason action',
  ),
  ...because('SS7 is not selected', 'fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls'),
  ...because('captures do not tell interfaces this way', 'ifindex'),
  ...because('use ether[…]', 'byte'),
}

function because(why: string, words: string): Record<string, string> {
  return Object.fromEntries(words.split(' ').map(word => [word, why]))
}

/** Words that stand for numbers: offsets in headers, ICMP types (RFC 792, 1256, 4443, 4861 …), TCP flags. */
export const NUMBER_WORDS: Readonly<Record<string, number>> = {
  icmptype: 0,
  icmpcode: 1,
  'icmp-echoreply': 0,
  'icmp-unreach': 3,
  'icmp-sourcequench': 4,
  'icmp-redirect': 5,
  'icmp-echo': 8,
  'icmp-routeradvert': 9,
  'icmp-routersolicit': 10,
  'icmp-timxceed': 11,
  'icmp-paramprob': 12,
  'icmp-tstamp': 13,
  'icmp-tstampreply': 14,
  'icmp-ireq': 15,
  'icmp-ireqreply': 16,
  'icmp-maskreq': 17,
  'icmp-maskreply': 18,
  icmp6type: 0,
  icmp6code: 1,
  'icmp6-destinationunreach': 1,
  'icmp6-packettoobig': 2,
  'icmp6-timeexceeded': 3,
  'icmp6-parameterproblem': 4,
  'icmp6-echo': 128,
  'icmp6-echoreply': 129,
  'icmp6-multicastlistenerquery': 130,
  'icmp6-multicastlistenerreportv1': 131,
  'icmp6-multicastlistenerdone': 132,
  'icmp6-routersolicit': 133,
  'icmp6-routeradvert': 134,
  'icmp6-neighborsolicit': 135,
  'icmp6-neighboradvert': 136,
  'icmp6-redirect': 137,
  'icmp6-routerrenum': 138,
  'icmp6-nodeinformationquery': 139,
  'icmp6-nodeinformationresponse': 140,
  'icmp6-ineighbordiscoverysolicit': 141,
  'icmp6-ineighbordiscoveryadvert': 142,
  'icmp6-multicastlistenerreportv2': 143,
  'icmp6-homeagentdiscoveryrequest': 144,
  'icmp6-homeagentdiscoveryreply': 145,
  'icmp6-mobileprefixsolicit': 146,
  'icmp6-mobileprefixadvert': 147,
  'icmp6-certpathsolicit': 148,
  'icmp6-certpathadvert': 149,
  'icmp6-multicastrouteradvert': 151,
  'icmp6-multicastroutersolicit': 152,
  'icmp6-multicastrouterterm': 153,
  tcpflags: 13,
  'tcp-fin': 0x01,
  'tcp-syn': 0x02,
  'tcp-rst': 0x04,
  'tcp-push': 0x08,
  'tcp-ack': 0x10,
  'tcp-urg': 0x20,
  'tcp-ece': 0x40,
  'tcp-cwr': 0x80,
}
