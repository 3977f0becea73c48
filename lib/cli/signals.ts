import { constants } from 'node:os'
import type { Messages } from './messages.ts'

/**
 * SIGINT and SIGTERM end the input, not the process: what was read is worked off, flows are closed, and the exit code
 * tells the signal (128 + its number). A second signal ends the process at once.
 */
export class Signals {
  readonly #messages: Messages
  readonly #handle: (name: NodeJS.Signals) => void
  #stop: () => void = () => {}

  constructor(messages: Messages) {
    this.#messages = messages
    this.#handle = name => {
      this.close()
      this.#messages.exitCode = 128 + constants.signals[name]
      this.#messages.say(`${name}: finishing what was read; once more to quit at once`)
      this.#stop()
    }
    process.on('SIGINT', this.#handle)
    process.on('SIGTERM', this.#handle)
  }

  /** Names what ends the input. */
  onSignal(stop: () => void): void {
    this.#stop = stop
  }

  /** Gives the signals back to their default. */
  close(): void {
    process.off('SIGINT', this.#handle)
    process.off('SIGTERM', this.#handle)
  }
}
