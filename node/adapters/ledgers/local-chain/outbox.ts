/** Messages to one WebSocket, in order, each sent only after everything that it tells is on the disk. */
import type { WebSocket } from 'ws'
import { chainLimits } from './limits.ts'

/** A queue before one socket. A reader that is too slow is cut off: its messages must not fill the memory. */
export class Outbox {
  readonly #socket: WebSocket
  readonly #flushed: () => Promise<void>
  #messages: string[] = []
  #sending = false

  constructor(socket: WebSocket, flushed: () => Promise<void>) {
    this.#socket = socket
    this.#flushed = flushed
  }

  push(message: string): void {
    if (
      this.#messages.length >= chainLimits.socketQueuedMessages ||
      this.#socket.bufferedAmount > chainLimits.socketBufferedBytes
    ) {
      this.#messages = []
      this.#socket.terminate()
      return
    }
    this.#messages.push(message)
    if (!this.#sending) void this.#send()
  }

  /** Never rejects: a socket that cannot be served is closed. */
  async #send(): Promise<void> {
    this.#sending = true
    try {
      while (this.#messages.length > 0) {
        const ready = this.#messages
        this.#messages = []
        await this.#flushed()
        for (const message of ready) this.#socket.send(message, ignore)
      }
    } catch {
      this.#socket.terminate()
    } finally {
      this.#sending = false
    }
  }
}

/** The socket's own close event says what failed. */
function ignore(): void {}
