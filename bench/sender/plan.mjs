// Who sends what to whom: everything of a run but the fate of its packets, out of one seed.
import { readFileSync } from 'node:fs'
import { Random } from '../generate/random.mjs'

export const PROFILES = JSON.parse(readFileSync(new URL('profiles.json', import.meta.url), 'utf8'))
export const SERVERS = Object.keys(PROFILES).map(Number)
export const PORTS = { tcp: 7000, udp: 7001, sctp: 7002 }

/** Each server has a client of its own: usrsctp leaves the choice of an IPv6 source address to the routes. */
const CLIENT_BELOW = 70

/** @param {4 | 6} version @param {number} host last byte of the address */
export const address = (version, host) => (version === 4 ? `10.30.0.${host}` : `fd20:30::${host}`)

/**
 * The bytes that a seed stands for: a shorter stretch is the beginning of a longer one.
 * @param {number} seed
 * @param {number} length
 */
export const content = (seed, length) => {
  const random = new Random(seed)
  const bytes = Buffer.allocUnsafe((length + 3) & ~3)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(random.u32(), at)
  return bytes.subarray(0, length)
}

/** @param {{seed: number}} direction @param {number} index @param {number} length */
export const message = ({ seed }, index, length) => content(seed + 7919 * (index + 1), length)

// from nothing at all over single bytes to many windows
const streamLength = (random, small) => {
  if (random.chance(0.06)) return 0
  if (random.chance(0.1)) return random.between(1, 12)
  if (small) return random.pareto(300, 6000, 0.4)
  return random.chance(0.2) ? random.between(1, 3000) : random.pareto(2000, 400_000, 0.35)
}

const tcp = (random, small) => ({
  up: { seed: random.u32(), bytes: streamLength(random, small) },
  down: { seed: random.u32(), bytes: streamLength(random, small) },
  // who speaks first: the other side waits for its FIN (a half-closed connection)
  first: random.pick(['both', 'both', 'client', 'server']),
  largestWrite: random.pick([small ? 60 : 9, 300, 1448, 9000, 65_000]),
  readerPauses: random.chance(0.2),
})

const datagramLength = (random, small, large) => {
  if (random.chance(0.05)) return random.between(0, 4)
  // above the MTU: IP fragments
  if (random.chance(large)) return random.between(1473, small ? 3200 : 9000)
  return random.between(5, small ? 400 : 1452)
}

const udp = (random, small) => {
  const large = random.pick([0, 0.15])
  const datagrams = () => ({
    seed: random.u32(),
    lengths: Array.from({ length: random.between(1, small ? 6 : 80) }, () =>
      datagramLength(random, small, large),
    ),
  })
  return { up: datagrams(), down: datagrams() }
}

const sctp = (random, small) => {
  const streams = random.between(1, 5)
  const messages = () => ({
    seed: random.u32(),
    streams: [],
    lengths: Array.from({ length: random.between(1, small ? 5 : 50) }, () =>
      random.chance(0.2) ? random.between(1500, small ? 3200 : 12_000) : random.between(1, 1400),
    ),
  })
  const directions = { up: messages(), down: messages() }
  for (const direction of Object.values(directions)) {
    direction.streams = direction.lengths.map(() => random.between(0, streams - 1))
  }
  return directions
}

/**
 * @param {{seed: number, tcp: number, udp: number, sctp: number, small?: boolean}} order how many of each
 * @returns conversations; the client's port is 20000 + id and names the conversation at both ends
 */
export const plan = ({ seed, small = false, ...counts }) => {
  const random = new Random(seed)
  const conversations = []
  for (const [protocol, make] of Object.entries({ tcp, udp, sctp })) {
    for (let i = 0; i < counts[protocol]; i++) {
      const id = conversations.length
      const version = i % 2 === 0 ? 4 : 6
      // the worst first, so that a small run has it
      const server = SERVERS.at(-1 - ((i >> 1) % SERVERS.length))
      conversations.push({
        id,
        protocol,
        version,
        server: address(version, server),
        serverPort: PORTS[protocol],
        client: address(version, server - CLIENT_BELOW),
        clientPort: 20_000 + id,
        profile: PROFILES[server].name,
        ...make(random, small),
      })
    }
  }
  return conversations
}
