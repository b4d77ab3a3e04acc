/**
 * The system calls (WASI preview 1) that a program can make: the library's, over in-memory files, with what touches
 * time, chance, sockets and the size of tables replaced. There is no call that reaches the host's files, network,
 * processes or environment.
 */
import { type Fd, WASI, wasi } from '@bjorn3/browser_wasi_shim'
import { bounds } from '../bounds.ts'
import { randomStream, VirtualClock } from './deterministic.ts'

type Call = (...args: never[]) => unknown

/** A process's view of its system, and what it needs at its start. */
interface SystemInit {
  readonly args: readonly string[]
  readonly environment: readonly string[]
  /** 0, 1, 2: standard streams; from 3 on: the folders that it may open. */
  readonly fds: Fd[]
  readonly seed: string
}

/** The library's object (which starts an instance) with our calls in place of its own. */
export function createSystem(init: SystemInit): WASI {
  const system = new WASI([...init.args], [...init.environment], init.fds)
  const library: Record<string, Call> = { ...system.wasiImport }
  const ours = { ...argumentCalls(system), ...clockCalls(system), ...randomCalls(system, init.seed), ...socketCalls() }
  Object.assign(system.wasiImport, library, ours, tableCalls(system, library))
  return system
}

/**
 * The library counts UTF-16 units where the program allocates bytes, so that any text beyond ASCII would overflow its
 * buffer.
 */
function argumentCalls(system: WASI): Record<string, Call> {
  const args = system.args.map((arg) => Buffer.from(`${arg}\0`, 'utf8'))
  return {
    args_sizes_get(countAt: number, bytesAt: number) {
      const view = viewOf(system)
      view.setUint32(countAt, args.length, true)
      view.setUint32(
        bytesAt,
        args.reduce((sum, arg) => sum + arg.length, 0),
        true,
      )
      return wasi.ERRNO_SUCCESS
    },
    args_get(pointersAt: number, bytesAt: number) {
      let at = bytesAt
      for (const [index, arg] of args.entries()) {
        viewOf(system).setUint32(pointersAt + 4 * index, at, true)
        bytesOf(system).set(arg, at)
        at += arg.length
      }
      return wasi.ERRNO_SUCCESS
    },
  }
}

/** In the order of the system call. */
/** Where a subscription's clock flags are, bytes from its beginning. */
const SUBCLOCK_FLAGS_AT = 40

type PollArguments = [subscriptionAt: number, eventAt: number, count: number, eventsAt: number]

function clockCalls(system: WASI): Record<string, Call> {
  const clock = new VirtualClock()
  return {
    clock_res_get(_id: number, at: number) {
      viewOf(system).setBigUint64(at, 1_000n, true)
      return wasi.ERRNO_SUCCESS
    },
    clock_time_get(id: number, _precision: bigint, at: number) {
      viewOf(system).setBigUint64(at, clock.read(id === wasi.CLOCKID_REALTIME), true)
      return wasi.ERRNO_SUCCESS
    },
    poll_oneoff(...[subscriptionAt, eventAt, count, eventsAt]: PollArguments) {
      if (count !== 1) return wasi.ERRNO_NOTSUP
      const asked = wasi.Subscription.read_bytes(viewOf(system), subscriptionAt)
      if (asked.eventtype !== wasi.EVENTTYPE_CLOCK) return wasi.ERRNO_NOTSUP
      // The shim reads the flags four bytes before their place (WASI preview 1: a subscription's clock has them at 40).
      const flags = viewOf(system).getUint16(subscriptionAt + SUBCLOCK_FLAGS_AT, true)
      clock.sleep(asked.timeout, {
        absolute: (flags & wasi.SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME) !== 0,
        realtime: asked.clockid === wasi.CLOCKID_REALTIME,
      })
      new wasi.Event(asked.userdata, wasi.ERRNO_SUCCESS, asked.eventtype).write_bytes(viewOf(system), eventAt)
      viewOf(system).setUint32(eventsAt, 1, true)
      return wasi.ERRNO_SUCCESS
    },
    sched_yield: () => wasi.ERRNO_SUCCESS,
  }
}

function randomCalls(system: WASI, seed: string): Record<string, Call> {
  const fill = randomStream(seed)
  return {
    random_get(at: number, length: number) {
      fill(bytesOf(system).subarray(at >>> 0, (at >>> 0) + (length >>> 0)))
      return wasi.ERRNO_SUCCESS
    },
  }
}

function socketCalls(): Record<string, Call> {
  const refuse = () => wasi.ERRNO_NOTSUP
  return { sock_accept: refuse, sock_recv: refuse, sock_send: refuse, sock_shutdown: refuse }
}

/** Calls that add to a table of the library: bounded here, because the table is host memory. */
function tableCalls(system: WASI, library: Record<string, Call>): Record<string, Call> {
  // Position of the argument that holds the length of the new path.
  const pathLengthAt = { path_open: 3, path_create_directory: 2, path_link: 6, path_rename: 5, path_symlink: 4 }
  const bounded = Object.entries(pathLengthAt).map(([name, at]): [string, Call] => [
    name,
    (...args: never[]) =>
      Number(args[at]) >>> 0 > bounds.pathBytes
        ? wasi.ERRNO_NAMETOOLONG
        : (library[name]?.(...args) ?? wasi.ERRNO_NOSYS),
  ])
  const calls: Record<string, Call> = Object.fromEntries(bounded)
  const open = calls['path_open']
  calls['path_open'] = (...args: never[]) => {
    const descriptor = lowestFree(system.fds)
    if (descriptor >= bounds.openFiles) return wasi.ERRNO_MFILE
    const error = open?.(...args)
    if (error !== wasi.ERRNO_SUCCESS) return error
    // The library always appends, and so its table would grow with every file ever opened.
    const opened = system.fds.pop()
    if (opened !== undefined) system.fds[descriptor] = opened
    viewOf(system).setUint32(Number(args.at(-1)), descriptor, true)
    return wasi.ERRNO_SUCCESS
  }
  return calls
}

function lowestFree(fds: readonly (Fd | undefined)[]): number {
  const free = fds.indexOf(undefined, 3)
  return free === -1 ? fds.length : free
}

function viewOf(system: WASI): DataView {
  return new DataView(system.inst.exports.memory.buffer)
}

function bytesOf(system: WASI): Uint8Array {
  return new Uint8Array(system.inst.exports.memory.buffer)
}
