import { PldError } from '../errors.ts'
import { type Fragment, usableLength } from './fragment.ts'
import { CONFLICTING, CONTRADICTING, PAGE_BYTES, PagePool, REPEATED, TAKEN } from './fragment-buffer.ts'
import { FragmentLog, type FragmentNote, type Loss } from './fragment-log.ts'
import { PendingDatagram } from './pending-datagram.ts'

/** How datagrams are put together from fragments; every member can be left out. */
export interface FragmentOptions {
  /** Which copy of a byte stands where IPv4 fragments overlap (default `last`). IPv6 datagrams with overlaps are discarded. */
  fragOverlap?: 'last' | 'first'
  /** How long the fragments of a datagram are waited for, from the first that was captured (default 60 s; 0: for ever). */
  fragTimeout?: number
  /** Bytes that may be kept of incomplete datagrams (default 16 MiB); above it the oldest is given up. */
  fragMemory?: number
}

const TIMEOUT = 60
const MEMORY = 2 ** 24
/** About what an incomplete datagram takes beside its pages (bytes). */
const DATAGRAM_BYTES = 1024

/** What became of a fragment. */
export const WAITING = 0
export const COMPLETE = 1
export const DROPPED = 2

/** The datagrams of which fragments were captured, in the order of their first ones. */
export class FragmentTable {
  readonly log = new FragmentLog()
  /** That of the last fragment, if it has one. */
  datagram: PendingDatagram | undefined
  /** The last fragment was in error: it cannot belong where it says. */
  error = false
  readonly #datagrams = new Map<string, PendingDatagram>()
  readonly #pool = new PagePool()
  readonly #rule: 'last' | 'first'
  readonly #timeout: number
  readonly #memory: number
  #oldest: PendingDatagram | undefined
  #newest: PendingDatagram | undefined

  /** Throws ERR_USAGE for options that cannot be met. */
  constructor({ fragOverlap = 'last', fragTimeout = TIMEOUT, fragMemory = MEMORY }: FragmentOptions = {}) {
    if (fragOverlap !== 'last' && fragOverlap !== 'first')
      throw new PldError('ERR_USAGE', 'fragOverlap takes last and first')
    if (!(fragTimeout >= 0)) throw new PldError('ERR_USAGE', 'fragTimeout has to be a number of seconds')
    if (!(fragMemory >= 0)) throw new PldError('ERR_USAGE', 'fragMemory has to be a number of bytes')
    this.#rule = fragOverlap
    this.#timeout = fragTimeout
    this.#memory = fragMemory
  }

  /** Bytes that incomplete datagrams take. */
  get memory(): number {
    return this.#pool.taken * PAGE_BYTES + this.#datagrams.size * DATAGRAM_BYTES
  }

  /** How many datagrams are incomplete. */
  get size(): number {
    return this.#datagrams.size
  }

  /**
   * Takes a fragment. `COMPLETE`: `datagram` has all its bytes now, and is to be fetched before the next fragment comes;
   * `WAITING`: there is more to come, or its bytes are of no use.
   */
  take(fragment: Fragment): number {
    const { tally } = this.log
    const captured = fragment.to - fragment.from
    tally.fragmentBytes += captured
    this.error = false
    this.#expire(fragment)
    this.datagram = this.#datagrams.get(fragment.key)
    if (this.datagram !== undefined && this.#isOver(this.datagram, fragment)) {
      this.#drop(this.datagram, 'timedOut', 'fragments-timed-out')
      this.datagram = undefined
    }
    const length = usableLength(fragment)
    if (length === 0) {
      this.error = true
      this.datagram = undefined
      tally.refusedFragmentBytes += captured
      this.#tell('fragment-refused', fragment)
      return DROPPED
    }
    tally.refusedFragmentBytes += captured - Math.min(captured, length)
    this.datagram ??= this.#open(fragment)
    const verdict = this.#put(this.datagram, fragment, length)
    while (verdict !== COMPLETE && this.memory > this.#memory && this.#oldest !== undefined) {
      this.#drop(this.#oldest, 'evicted', 'fragments-evicted')
    }
    return verdict
  }

  /** Writes the complete datagram into `target`, and forgets it. */
  fetch(datagram: PendingDatagram, target: Uint8Array, at: number): void {
    datagram.buffer.copyTo(target, at)
    this.log.tally.reassembledDatagrams++
    this.log.tally.reassembledBytes += datagram.buffer.total
    datagram.buffer.clear()
  }

  /** The input has ended: gives up what is there. */
  close(): void {
    while (this.#oldest !== undefined) this.#drop(this.#oldest, 'unfinished', 'fragments-unfinished')
    this.log.close()
  }

  #put(datagram: PendingDatagram, fragment: Fragment, length: number): number {
    const { tally } = this.log
    const { bytes, from, to, wireTo, offset, isLast } = fragment
    if (datagram.discarded) {
      tally.discardedFragmentBytes += Math.min(length, to - from)
      this.error = true
      return DROPPED
    }
    if (to < wireTo) {
      tally.cutFragmentBytes += Math.min(length, to - from)
      this.#tellOnce('fragment-cut', datagram, fragment)
      return WAITING
    }
    const { buffer } = datagram
    const rule = fragment.isIPv6 ? 'refuse' : this.#rule
    const verdict = buffer.add(bytes, from, from + length, offset, isLast, rule)
    if (verdict === CONTRADICTING || (rule === 'refuse' && verdict !== TAKEN && verdict !== REPEATED)) {
      return this.#discard(datagram, fragment, length, verdict)
    }
    if (verdict !== TAKEN) tally.repeatedFragmentBytes += buffer.repeated
    if (verdict === CONFLICTING) {
      this.error = true
      this.#tellOnce('fragment-conflict', datagram, fragment)
    }
    if (!buffer.whole) return WAITING
    this.#remove(datagram)
    return COMPLETE
  }

  /**
   * The fragment cannot be of the same datagram as those before. RFC 5722 gives up an IPv6 datagram with all that will
   * come of it. An IPv4 identification has 16 bits and comes again soon, so there this may be the next datagram.
   */
  #discard(datagram: PendingDatagram, fragment: Fragment, length: number, verdict: number): number {
    const { log } = this
    this.error = true
    const code = verdict === CONTRADICTING ? 'fragment-contradiction' : 'fragment-overlap'
    this.#tellOnce(code, datagram, fragment)
    log.lose('discarded', datagram.buffer.held)
    datagram.buffer.clear()
    datagram.buffer.held = 0
    if (fragment.isIPv6) {
      datagram.discarded = true
      log.tally.discardedFragmentBytes += length
      return DROPPED
    }
    this.#remove(datagram)
    this.datagram = this.#open(fragment)
    return this.#put(this.datagram, fragment, length)
  }

  #open(fragment: Fragment): PendingDatagram {
    const datagram = new PendingDatagram(fragment, this.#pool)
    this.#datagrams.set(fragment.key, datagram)
    datagram.older = this.#newest
    if (this.#newest === undefined) this.#oldest = datagram
    else this.#newest.newer = datagram
    this.#newest = datagram
    return datagram
  }

  #remove(datagram: PendingDatagram): void {
    const { older, newer } = datagram
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    datagram.older = undefined
    datagram.newer = undefined
    this.#datagrams.delete(datagram.key)
  }

  #drop(datagram: PendingDatagram, loss: Loss, code: FragmentNote): void {
    this.#remove(datagram)
    if (datagram.discarded) return
    const { held } = datagram.buffer
    this.log.lose(loss, held)
    if (!datagram.told) this.log.note(code, datagram.pktNo, datagram.capture, held)
    datagram.buffer.clear()
  }

  /** Gives up what has waited too long: the oldest are in front, as long as time goes forward. */
  #expire(now: Fragment): void {
    while (this.#oldest !== undefined && this.#isOver(this.#oldest, now)) {
      this.#drop(this.#oldest, 'timedOut', 'fragments-timed-out')
    }
  }

  /** A jump back in time by as much means that another capture has begun. */
  #isOver({ sec, nsec }: PendingDatagram, now: Fragment): boolean {
    const age = now.sec - sec + (now.nsec - nsec) * 1e-9
    return this.#timeout > 0 && Math.abs(age) > this.#timeout
  }

  #tellOnce(code: FragmentNote, datagram: PendingDatagram, fragment: Fragment): void {
    if (datagram.told) return
    datagram.told = true
    this.#tell(code, fragment)
  }

  #tell(code: FragmentNote, { pktNo, capture }: Fragment): void {
    this.log.note(code, pktNo, capture)
  }
}
