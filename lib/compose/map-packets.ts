import type { Batch } from '../batch.ts'
import { type PacketView, packetView } from '../packet-view.ts'
import { Stage } from '../stage.ts'
import { BatchDraft } from './batch-draft.ts'

/** What a user's function may give for a packet: changed fields, members of its own, or nothing. */
export type PacketChanges = { payload?: Uint8Array | string | undefined; [name: string]: unknown }

/**
 * Lets `change` alter packets: it gives the fields that are to be other than they were (`{...packet, note: 'x'}` is
 * fine, what is equal does not count), or nothing. Fields that may change: time, srcMac, dstMac, srcIP, dstIP, srcPort,
 * dstPort, tcpSeq, tcpAck, tcpFlags, tcpWin, payload (bytes; its lengths follow). Names that pldpipe does not know are
 * added to the packet's record. Any other field throws ERR_FIELD.
 */
export function mapPackets(change: (packet: PacketView) => PacketChanges | undefined): Stage<Batch> {
  return new Stage<Batch>({
    *take(batch) {
      const draft = new BatchDraft(batch)
      for (let row = 0; row < batch.rows; row++) {
        if (batch.keep?.[row] === 0) continue
        const packet = packetView(batch, row)
        const changes = change(packet)
        if (changes === undefined || changes === (packet as unknown)) continue
        for (const [name, value] of Object.entries(changes)) {
          if (!same(value, packet[name])) draft.set(row, name, value)
        }
      }
      yield draft.batch()
    },
  })
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0
  return Array.isArray(a) && Array.isArray(b) && JSON.stringify(a) === JSON.stringify(b)
}
