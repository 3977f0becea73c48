import { pipeline } from 'node:stream'
import type { Batch } from '../batch.ts'
import { type OpenCaptureOptions, openCapture } from '../capture/open-capture.ts'
import { PacketDecoder, type PacketDecoderOptions } from '../decode/packet-decoder.ts'
import { type PacketView, packetView } from '../packet-view.ts'

/**
 * The packets of a capture, one after the other: `for await (const packet of readPackets('mail.pcap'))`. The views stay
 * valid for as long as they are kept. Leaving the loop closes the capture.
 */
export async function* readPackets(
  path: string | readonly string[],
  options: OpenCaptureOptions & PacketDecoderOptions = {},
): AsyncGenerator<PacketView, void, void> {
  // views may be kept by whoever gets them, so the memory is never used again
  const decoder = new PacketDecoder(options)
  pipeline(openCapture(path, { ...options, recycle: false }), decoder, () => {})
  for await (const batch of decoder as AsyncIterable<Batch>) {
    for (let row = 0; row < batch.rows; row++) yield packetView(batch, row)
  }
}
