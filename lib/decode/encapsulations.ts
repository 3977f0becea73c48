import { PldError } from '../errors.ts'

/** What a packet can be wrapped in; each name's place in the list is its bit. */
const NAMES = [
  'mpls',
  'ppp',
  'gre',
  'ipip',
  'etherip',
  'vxlan',
  'geneve',
  'gtp',
  'teredo',
  'ayiya',
  'l2tp',
  'capwap',
  'nsh',
  'vntag',
  'pbb',
  'ah',
  'pim',
  'wccp',
] as const

export type Encapsulation = (typeof NAMES)[number]

export const ENCAPSULATIONS: readonly Encapsulation[] = NAMES

const bit = (name: Encapsulation): number => 1 << NAMES.indexOf(name)

export const MPLS = bit('mpls')
export const PPP = bit('ppp')
export const GRE = bit('gre')
export const IPIP = bit('ipip')
export const ETHERIP = bit('etherip')
export const VXLAN = bit('vxlan')
export const GENEVE = bit('geneve')
export const GTP = bit('gtp')
export const TEREDO = bit('teredo')
export const AYIYA = bit('ayiya')
export const L2TP = bit('l2tp')
export const CAPWAP = bit('capwap')
export const NSH = bit('nsh')
export const VNTAG = bit('vntag')
export const PBB = bit('pbb')
export const AH = bit('ah')
export const PIM = bit('pim')
export const WCCP = bit('wccp')

/** All of them. */
export const ALL_ENCAPSULATIONS = 2 ** NAMES.length - 1

/** The bits of a list of names; `none` alone is no bit. Throws ERR_USAGE for names that there are not. */
export function encapsulationBits(names: readonly string[]): number {
  if (names.length === 1 && names[0] === 'none') return 0
  let bits = 0
  for (const name of names) {
    const at = NAMES.indexOf(name as Encapsulation)
    if (name === 'none') throw new PldError('ERR_USAGE', 'decap: none goes with no other name')
    if (at < 0) throw new PldError('ERR_USAGE', `decap: no ${name}; there are none, ${NAMES.join(', ')}`)
    bits |= 1 << at
  }
  return bits
}
