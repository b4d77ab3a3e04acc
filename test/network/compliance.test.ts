import { networkCompliance } from '#test/compliance/network.ts'
import { LoopbackWorld } from './world.ts'

networkCompliance('libp2p', async () => new LoopbackWorld())
