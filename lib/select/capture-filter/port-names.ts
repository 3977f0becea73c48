/** A service: its port, and the transports it is known over. */
export interface Service {
  port: number
  transports: readonly ('tcp' | 'udp')[]
}

/**
 * Usual services, by the names that Unix systems give to these ports (IANA's, and old ones beside them). Over which
 * transports a name is known says what `port NAME` selects.
 */
const NAMES = {
  tcp:
    'tcpmux 1, systat 11, users 11, netstat 15, qotd 17, quote 17, ftp-data 20, ftp 21, ssh 22, telnet 23, ' +
    'smtp 25, mail 25, whois 43, nicname 43, gopher 70, finger 79, http 80, www 80, iso-tsap 102, ' +
    'tsap 102, acr-nema 104, dicom 11112, pop3 110, pop-3 110, auth 113, nntp 119, epmap 135, loc-srv 135, ' +
    'netbios-ssn 139, imap2 143, imap 143, bgp 179, smux 199, z3950 210, snpp 444, microsoft-ds 445, ' +
    'submissions 465, ssmtp 465, smtps 465, ipp 631, exec 512, login 513, shell 514, printer 515, ' +
    'spooler 515, uucp 540, klogin 543, kshell 544, afpovertcp 548, nntps 563, submission 587, rsync 873, ' +
    'ftps-data 989, ftps 990, telnets 992, imaps 993, pop3s 995, socks 1080, rmiregistry 1099, ' +
    'ms-sql-s 1433, cisco-sccp 2000, iscsi-target 3260, mysql 3306, ms-wbt-server 3389, svn 3690, ' +
    'sieve 4190, epmd 4369, xmpp-client 5222, xmpp-server 5269, postgresql 5432, postgres 5432, ' +
    'amqps 5671, x11 6000, redis 6379, http-alt 8080, webcache 8080, git 9418, nbd 10809, ' +
    'zabbix-agent 10050, zabbix-trapper 10051, hkp 11371, ircd 6667, spamd 783, syslog-tls 6514, ' +
    'munin 4949, nrpe 5666, bacula-dir 9101, bacula-fd 9102, bacula-sd 9103, cvspserver 2401, distcc 3632, ' +
    'daap 3689, gpsd 2947',
  udp:
    'bootps 67, bootpc 68, tftp 69, ntp 123, netbios-ns 137, netbios-dgm 138, xdmcp 177, ptp-event 319, ' +
    'ptp-general 320, isakmp 500, biff 512, who 513, talk 517, ntalk 518, route 520, router 520, ' +
    'dhcpv6-client 546, dhcpv6-server 547, ms-sql-m 1434, l2f 1701, l2tp 1701, ipsec-nat-t 4500, iax 4569, ' +
    'mdns 5353, icpv2 3130',
  both:
    'echo 7, discard 9, sink 9, null 9, daytime 13, chargen 19, ttytst 19, source 19, time 37, ' +
    'timserver 37, tacacs 49, domain 53, kerberos 88, kerberos5 88, krb5 88, sunrpc 111, portmapper 111, ' +
    'snmp 161, snmp-trap 162, snmptrap 162, ldap 389, svrloc 427, https 443, kpasswd 464, rtsp 554, ' +
    'ldp 646, syslog 514, ldaps 636, domain-s 853, openvpn 1194, radius 1812, radius-acct 1813, ' +
    'radacct 1813, nfs 2049, sip 5060, sip-tls 5061',
}

const TRANSPORTS = { tcp: ['tcp'], udp: ['udp'], both: ['tcp', 'udp'] } as const

export const PORT_NAMES: ReadonlyMap<string, Service> = new Map(
  (['tcp', 'udp', 'both'] as const).flatMap(over =>
    NAMES[over].split(', ').map(entry => {
      const [name, port] = entry.split(' ') as [string, string]
      return [name, { port: Number(port), transports: TRANSPORTS[over] }] as const
    }),
  ),
)
