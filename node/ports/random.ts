/** Unpredictable bytes. The simulator's are seeded. */
export interface Random {
  bytes(length: number): Uint8Array
}
