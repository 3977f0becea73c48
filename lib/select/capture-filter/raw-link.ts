import { ETHER, type LinkLayer } from './layout.ts'
import { ALWAYS, bytesAre, NEVER } from './tests.ts'

/** Frames that begin with an IP header, whose version is all that tells what it is. */
export const RAW_LINK: LinkLayer = {
  name: 'RAW',
  carries: ({ payload }, type) => {
    if (type === ETHER.ip) return bytesAre(payload, 1, 0x40, 0xf0)
    return type === ETHER.ip6 ? bytesAre(payload, 1, 0x60, 0xf0) : NEVER
  },
}

export const IPV4_LINK: LinkLayer = {
  name: 'IPV4',
  carries: (_, type) => (type === ETHER.ip ? ALWAYS : NEVER),
}

export const IPV6_LINK: LinkLayer = {
  name: 'IPV6',
  carries: (_, type) => (type === ETHER.ip6 ? ALWAYS : NEVER),
}
