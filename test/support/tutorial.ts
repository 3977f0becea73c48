import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PLAIN_NODE, ROOT } from './bins.ts'

/** A new folder with the tutorial's capture in it, built as its README says. */
export function tutorialFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pldpipe-tutorial-'))
  const command = `${PLAIN_NODE}node ${ROOT}/examples/tutorial/generate.mjs faf-exercise.pcap`
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return folder
}

/** Cuts each frame of a classic pcap file where its IP packet ends, for programs that take padding for payload. */
export function withoutPadding(from: string, to: string): void {
  const bytes = readFileSync(from)
  const parts = [bytes.subarray(0, 24)]
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    const length = 14 + bytes.readUInt16BE(at + 16 + 16)
    const head = Buffer.from(bytes.subarray(at, at + 16))
    head.writeUInt32LE(length, 8)
    head.writeUInt32LE(length, 12)
    parts.push(head, bytes.subarray(at + 16, at + 16 + length))
  }
  writeFileSync(to, Buffer.concat(parts))
}
