/** Bounds of the Python engine beside the kit's (property B1). */
export const bounds = {
  /** Modules compiled for different memory limits that one child keeps. */
  modulesPerChild: 2,
  /** Stack of the thread that runs Python: its own recursion limit (1,000 frames) must bite first. */
  stackMiB: 16,
  /** JavaScript heap of that thread. WebAssembly memory and files lie outside. */
  heapMiB: 128,
} as const
