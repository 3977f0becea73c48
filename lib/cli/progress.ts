/** How far a source has come; `bytesTotal` is unknown for pipes. */
export interface Countable {
  readonly bytesRead: number
  readonly bytesTotal?: number | undefined
}

const EVERY_MS = 250

/** Keeps one line on a terminal's stderr up to date: bytes, rate, time left. Returns what takes it away again. */
export function showProgress(source: Countable, wanted: boolean): () => void {
  if (!wanted || !process.stderr.isTTY) return () => {}
  const started = performance.now()
  const timer = setInterval(() => {
    process.stderr.write(`\r\x1b[K${progressText(source, (performance.now() - started) / 1000)}`)
  }, EVERY_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    process.stderr.write('\r\x1b[K')
  }
}

/** `12.3 MB of 40.0 MB, 31 %, 24.6 MB/s, 1 s left` after so many seconds. */
export function progressText({ bytesRead, bytesTotal }: Countable, seconds: number): string {
  const rate = bytesRead / Math.max(seconds, 0.001)
  const speed = `${megabytes(rate)}/s`
  if (bytesTotal === undefined || bytesTotal === 0) return `${megabytes(bytesRead)}, ${speed}`
  const share = Math.floor((100 * bytesRead) / bytesTotal)
  const left = rate > 0 ? `, ${Math.ceil((bytesTotal - bytesRead) / rate)} s left` : ''
  return `${megabytes(bytesRead)} of ${megabytes(bytesTotal)}, ${share} %, ${speed}${left}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
