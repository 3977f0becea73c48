import type { PacketDecoderOptions } from '../decode/packet-decoder.ts'
import type { FlowTaggerOptions } from '../flow/flow-core.ts'
import type { PayloadOptions } from '../payload/payload-chunker.ts'
import type { SinkOptions } from '../sink/payload-sink.ts'
import type { Arguments } from './options.ts'

type Options = Arguments['options']

/** What of the command line concerns the decode stage. */
export function decoderOptions(options: Options): PacketDecoderOptions {
  return given({
    decap: options.decap as string[] | undefined,
    outer: options.outer as boolean | undefined,
    checksums: options.checksums as boolean | undefined,
    timestamps: options.timestamps as boolean | undefined,
    headers: options.headers as string[] | undefined,
    fragOverlap: options['frag-overlap'] as 'first' | 'last' | undefined,
    fragTimeout: options['frag-timeout'] as number | undefined,
    fragMemory: options['frag-memory'] as number | undefined,
  })
}

/** What of the command line concerns the flow stage. */
export function taggerOptions(options: Options): FlowTaggerOptions {
  return given({
    timeout: options['flow-timeout'] as number | undefined,
    maxFlows: options['max-flows'] as number | undefined,
  })
}

/** What of the command line concerns the payload stage. */
export function payloadOptions(options: Options): PayloadOptions {
  return given({
    l2: options.l2 as boolean | undefined,
    tcp: options.tcp as boolean | undefined,
    udp: options.udp as boolean | undefined,
    sctp: options.sctp as boolean | undefined,
    icmp: options.icmp as boolean | undefined,
    protos: options.protos as number[] | undefined,
    ethertypes: options.ethertypes as number[] | undefined,
    tcpPorts: options['tcp-ports'] as number[] | undefined,
    udpPorts: options['udp-ports'] as number[] | undefined,
    sctpPorts: options['sctp-ports'] as number[] | undefined,
    ports: options.ports as number[] | undefined,
    srcPorts: options['src-ports'] as number[] | undefined,
    dstPorts: options['dst-ports'] as number[] | undefined,
    hosts: options.hosts as string[] | undefined,
    srcHosts: options['src-hosts'] as string[] | undefined,
    dstHosts: options['dst-hosts'] as string[] | undefined,
    maxBytes: options['max-bytes'] as number | undefined,
    startOffset: options['start-offset'] as number | undefined,
    maxGap: options['max-gap'] as number | undefined,
    maxGaps: options['max-gaps'] as number | undefined,
    overlap: options.overlap as PayloadOptions['overlap'],
    urgent: options.urgent as PayloadOptions['urgent'],
    checksums: options.checksums as boolean | undefined,
    paws: options.paws as boolean | undefined,
  })
}

/** What of the command line concerns the sink. */
export function sinkOptions(options: Options, folder: string): SinkOptions {
  return {
    folder,
    ...given({
      names: namesOf(options.names as string | undefined),
      prefix: options.prefix as string | undefined,
      suffix: options.suffix as string | undefined,
      clean: options.clean as boolean | undefined,
      gap: options.gap as SinkOptions['gap'],
      index: options.index as boolean | undefined,
      maxOpenFiles: options['max-open-files'] as number | undefined,
    }),
  }
}

/** A number for the schemes that have one; whatever else there is, is a template. */
function namesOf(text: string | undefined): SinkOptions['names'] {
  return text !== undefined && /^\d+$/.test(text) ? (Number(text) as 0 | 1 | 2) : text
}

/** Only what was given, so that the stages' own defaults hold for the rest. */
function given<T extends object>(options: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}
