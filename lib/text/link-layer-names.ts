/** How libpcap describes and names link types, of which those that Tranalyzer's reports show; by LINKTYPE_ number. */
const LINK_LAYERS: Readonly<Record<number, string>> = {
  0: 'BSD loopback [NULL/0]',
  1: 'Ethernet [EN10MB/1]',
  8: 'SLIP [SLIP/8]',
  9: 'PPP [PPP/9]',
  50: 'PPP over serial [PPP_SERIAL/50]',
  101: 'Raw IP [RAW/12]',
  104: 'Cisco HDLC [C_HDLC/104]',
  105: '802.11 [IEEE802_11/105]',
  107: 'Frame Relay [FRELAY/107]',
  108: 'OpenBSD loopback [LOOP/108]',
  113: 'Linux cooked v1 [LINUX_SLL/113]',
  127: '802.11 plus radiotap header [IEEE802_11_RADIO/127]',
  129: 'Linux ARCNET [ARCNET_LINUX/129]',
  178: 'Juniper Ethernet [JUNIPER_ETHER/178]',
  182: 'FRF.16 Frame Relay [MFR/182]',
  192: 'Per-Packet Information [PPI/192]',
  195: 'IEEE 802.15.4 with FCS [IEEE802_15_4/195]',
  226: 'Solaris ipnet [IPNET/226]',
  228: 'Raw IPv4 [IPV4/228]',
  229: 'Raw IPv6 [IPV6/229]',
  231: 'D-Bus [DBUS/231]',
  239: 'Linux netfilter log messages [NFLOG/239]',
  242: 'RFC 4391 IP-over-Infiniband [IPOIB/242]',
  258: 'Apple DLT_PKTAP [PKTAP/258]',
  271: 'Linux vsock [VSOCK/271]',
  276: 'Linux cooked v2 [LINUX_SLL2/276]',
  281: 'Broadcom tag [DSA_TAG_BRCM/281]',
  282: 'Broadcom tag (prepended) [DSA_TAG_BRCM_PREPEND/282]',
  284: 'Marvell DSA [DSA_TAG_DSA/284]',
  285: 'Marvell EDSA [DSA_TAG_EDSA/285]',
}

/** `Ethernet [EN10MB/1]`; of a link type that has no name here, its number. */
export function linkLayerName(linkType: number): string {
  return LINK_LAYERS[linkType] ?? `[${linkType}]`
}
