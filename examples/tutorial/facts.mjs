/** What the tutorial prints of its capture, as far as the generator has to aim at it. */

/** Frames and bytes of the whole, and of each direction: what clients send is A. */
export const TOTAL = {
  A: { frames: 1986, bytes: 209_315 },
  B: { frames: 3916, bytes: 4_784_099 },
}

export const FIRST = at('1258544215.037210')
export const LAST = at('1258594491.683288')

const GATEWAY = '00:19:e3:e7:5d:23'

/** The hosts of the office; whatever lies beyond the gateway has its MAC, and so has the mail server. */
export const HOSTS = {
  desk102: { ip: '192.168.1.102', mac: '00:0b:db:63:58:a6' },
  desk103: { ip: '192.168.1.103', mac: '00:0b:db:63:5b:d4' },
  desk105: { ip: '192.168.1.105', mac: '00:08:74:38:01:b4' },
  mail: beyond('192.168.1.1'),
  ftp: beyond('143.166.11.10'),
}

/** A host behind the gateway. @param {string} ip */
export function beyond(ip) {
  return { ip, mac: GATEWAY }
}

/** Packets that the flows from 1 to 11 take, and those in front of the FTP conversation's first. */
export const BEFORE_MAIL = 246
export const BEFORE_FTP = 1267
/** Packets between 1303 and 5898, all of them during the download. */
export const DURING_DOWNLOAD = 4594

/** A time as the tutorial prints it, in microseconds since 1970. @param {string} seconds */
export function at(seconds) {
  return Number(seconds.replace('.', ''))
}
