/** Hands out typed arrays one after the other from a single buffer; the widest have to be asked for first. */
export class Carver {
  readonly #memory: ArrayBuffer | SharedArrayBuffer
  readonly #rows: number
  #at = 0

  /** `shared`: the columns can be read by another thread. */
  constructor(rows: number, bytesPerRow: number, shared: boolean) {
    this.#rows = rows
    this.#memory = new (shared ? SharedArrayBuffer : ArrayBuffer)(rows * bytesPerRow)
  }

  f64(perRow = 1): Float64Array {
    return this.#take(Float64Array, 8, perRow)
  }
  i32(perRow = 1): Int32Array {
    return this.#take(Int32Array, 4, perRow)
  }
  u32(perRow = 1): Uint32Array {
    return this.#take(Uint32Array, 4, perRow)
  }
  u16(perRow = 1): Uint16Array {
    return this.#take(Uint16Array, 2, perRow)
  }
  u8(perRow = 1): Uint8Array {
    return this.#take(Uint8Array, 1, perRow)
  }

  #take<T>(
    type: new (memory: ArrayBuffer, at: number, length: number) => T,
    bytes: number,
    perRow: number,
  ): T {
    const column = new type(this.#memory as ArrayBuffer, this.#at, this.#rows * perRow)
    this.#at += this.#rows * perRow * bytes
    return column
  }
}
