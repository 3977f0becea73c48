import { Random } from '../../bench/generate/random.mjs'
import { counter } from './counter.mjs'
import { BEFORE_FTP, BEFORE_MAIL, DURING_DOWNLOAD, TOTAL } from './facts.mjs'
import { frameOf } from './frame.mjs'
import { control, download, goodbye } from './ftp.mjs'
import { mails } from './mail.mjs'
import { terminal } from './terminal.mjs'
import { latePage, pages } from './web.mjs'

/** @import { Packet, Talk } from './talk.mjs' */

const SEED = 20091118

/**
 * The capture of the tutorial: a classic pcap file with microseconds.
 * @returns {Buffer}
 */
export function tutorialCapture() {
  const frames = packetsInOrder().map(packet => ({ time: Number(packet.time), frame: frameOf(packet) }))
  const file = Buffer.alloc(frames.reduce((sum, { frame }) => sum + 16 + frame.length, 24))
  file.writeUInt32LE(0xa1b2c3d4, 0)
  file.writeUInt16LE(2, 4)
  file.writeUInt16LE(4, 6)
  file.writeUInt32LE(65_535, 16)
  file.writeUInt32LE(1, 20)
  let position = 24
  for (const { time, frame } of frames) {
    file.writeUInt32LE(Math.floor(time / 1e6), position)
    file.writeUInt32LE(time % 1e6, position + 4)
    file.writeUInt32LE(frame.length, position + 8)
    file.writeUInt32LE(frame.length, position + 12)
    file.set(frame, position + 16)
    position += 16 + frame.length
  }
  return file
}

/** Every packet of every conversation. @returns {Packet[]} */
function packetsInOrder() {
  const random = new Random(SEED)
  const web = pages(random)
  const mail = mails(random)
  const late = latePage(random)
  const ftp = control(random)
  const file = download(random, counter())
  const end = goodbye(ftp, random)

  const others = [...web, ...mail, late, ftp, file, end]
  const left = { A: { ...TOTAL.A }, B: { ...TOTAL.B } }
  for (const packet of others.flatMap(talk => talk.packets)) {
    left[packet.dir].frames--
    left[packet.dir].bytes -= frameOf(packet).length
  }
  const early = count(...web)
  if (early !== BEFORE_MAIL) throw new Error(`${early} packets before the mails, not ${BEFORE_MAIL}`)
  const before = BEFORE_FTP - early - count(...mail, late)
  // of the download's packets 23 have other places: its beginning, its first window, its end
  const during = DURING_DOWNLOAD - (count(file) - 21)
  if (before + during !== left.A.frames + left.B.frames)
    throw new Error('the packets do not fit their numbers')
  return [...others, terminal(random, left, before)]
    .flatMap(talk => talk.packets)
    .sort((a, b) => Number(a.time) - Number(b.time))
}

/** @param {...Talk} talks */
function count(...talks) {
  return talks.reduce((sum, { packets }) => sum + packets.length, 0)
}
