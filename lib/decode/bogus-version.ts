import { word } from '../header-chains.ts'
import { HI_STOPPED, LO_IPVX } from '../status-bits.ts'
import type { Dissection } from './dissection.ts'

const IPVX = word('ipvx')

/** A packet that claims to be IP of another version than its place says; kept as a frame of its ethertype. */
export function bogusVersion(d: Dissection, ethType: number): void {
  d.step(IPVX)
  d.statLo |= LO_IPVX
  if (d.keepOuter(0)) return
  d.statHi |= HI_STOPPED
  d.layerTwo(ethType, d.at)
}
