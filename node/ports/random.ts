/** Chance. The simulator's is seeded. */
export interface Random {
  /** `length` bytes that nobody can predict: good for keys and nonces. */
  bytes(length: number): Uint8Array
}
