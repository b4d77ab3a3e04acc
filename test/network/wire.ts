/** A cable between two peers that can be cut: from then on bytes vanish and nobody is told. */
import { connect, createServer, type Socket } from 'node:net'

/** Forwards a fresh port of this machine to the TCP address of `target`, a multiaddr. */
export async function openWire(target: string): Promise<{ address: string; cut: () => void; close: () => void }> {
  const [, , host = '', , port = '', ...peer] = target.split('/')
  const sockets: Socket[] = []
  let whole = true
  const server = createServer((near) => {
    if (!whole) return sockets.push(near)
    const far = connect(Number(port), host)
    sockets.push(near, far)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return {
    address: `/ip4/127.0.0.1/tcp/${bound.port}/${peer.join('/')}`,
    cut: () => {
      whole = false
      for (const socket of sockets) {
        socket.unpipe()
        socket.resume()
      }
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
