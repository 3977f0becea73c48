// The server of every conversation, on all addresses: `server.mjs PLAN LOG`. SIGTERM ends it and makes it write its log.
import dgram from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { address, PORTS, SERVERS } from './plan.mjs'
import { speakSctp } from './sctp.mjs'
import { speakTcp } from './tcp.mjs'
import { Inbox, sendDatagrams } from './udp.mjs'

const [planFile, logFile] = process.argv.slice(2)
const log = {}
const byPort = new Map(JSON.parse(readFileSync(planFile, 'utf8')).map(one => [one.clientPort, one]))

const overTcp = async host => {
  const server = net.createServer({ allowHalfOpen: true }, async socket => {
    const conversation = byPort.get(socket.remotePort)
    log[conversation.id] = await speakTcp(socket, conversation, 'server')
  })
  server.listen(PORTS.tcp, host)
  await once(server, 'listening')
}

const overUdp = async (version, host) => {
  const socket = dgram.createSocket({ type: `udp${version}`, recvBufferSize: 1 << 20 })
  const inboxes = new Map()
  socket.on('message', async (bytes, { port, address }) => {
    const { id, down } = byPort.get(port)
    if (inboxes.has(port)) return inboxes.get(port).take(bytes)
    const inbox = new Inbox()
    inboxes.set(port, inbox)
    inbox.take(bytes)
    log[id] = { sent: [], received: inbox.received }
    log[id].sent = await sendDatagrams(socket, down, port, address)
  })
  socket.bind(PORTS.udp, host)
  await once(socket, 'listening')
}

for (const version of [4, 6]) {
  for (const server of SERVERS) {
    await overTcp(address(version, server))
    await overUdp(version, address(version, server))
  }
}
process.on('SIGTERM', () => {
  writeFileSync(logFile, JSON.stringify(log))
  process.exit()
})
console.log('ready')

for (const conversation of byPort.values()) {
  if (conversation.protocol === 'sctp') log[conversation.id] = await speakSctp(conversation, 'server')
}
