// The client of every conversation, some at a time: `client.mjs PLAN LOG`.
import dgram from 'node:dgram'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { speakSctp } from './sctp.mjs'
import { speakTcp } from './tcp.mjs'
import { Inbox, sendDatagrams } from './udp.mjs'

const AT_A_TIME = 6
const [planFile, logFile] = process.argv.slice(2)
const log = {}

const overTcp = async conversation => {
  const { client, clientPort, server, serverPort } = conversation
  const socket = net.connect({
    host: server,
    port: serverPort,
    localAddress: client,
    localPort: clientPort,
    allowHalfOpen: true,
  })
  await once(socket, 'connect')
  return speakTcp(socket, conversation, 'client')
}

const overUdp = async ({ version, client, clientPort, server, serverPort, up }) => {
  const socket = dgram.createSocket(`udp${version}`)
  const inbox = new Inbox()
  socket.on('message', bytes => inbox.take(bytes))
  socket.bind(clientPort, client)
  await once(socket, 'listening')
  const sent = await sendDatagrams(socket, up, serverPort, server)
  inbox.last = Date.now()
  await inbox.settled(400)
  socket.close()
  return { sent, received: inbox.received }
}

const speak = { tcp: overTcp, udp: overUdp, sctp: conversation => speakSctp(conversation, 'client') }

const conversations = JSON.parse(readFileSync(planFile, 'utf8'))
const waiting = conversations.values()
// SCTP lives in a process of its own for each end, and one namespace is one host to all of them: one at a time
const run = async queue => {
  for (const conversation of queue) log[conversation.id] = await speak[conversation.protocol](conversation)
}
const streams = [...waiting].filter(({ protocol }) => protocol !== 'sctp').values()
await Promise.all(Array.from({ length: AT_A_TIME }, () => run(streams)))
await run(conversations.filter(({ protocol }) => protocol === 'sctp'))
writeFileSync(logFile, JSON.stringify(log))
