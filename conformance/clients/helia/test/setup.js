// The node under test: the address of its RPC is in RPC_URL. Its peer is Helia, without any network but TCP.
import './node20.js'
import { createHelia } from 'helia'
import { unixfs } from '@helia/unixfs'
import { identify, identifyPush } from '@libp2p/identify'
import { noise } from '@chainsafe/libp2p-noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { tls } from '@libp2p/tls'
import { yamux } from '@chainsafe/libp2p-yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { CID } from 'multiformats/cid'

const url = process.env.RPC_URL
if (!url) throw new Error('RPC_URL names the RPC of the node to test, such as http://127.0.0.1:5001')

export async function start (security = [tls(), noise()]) {
  const helia = createHelia({
    libp2p: {
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: security,
      streamMuxers: [yamux()],
      peerDiscovery: [],
      services: { identify: identify(), identifyPush: identifyPush(), ping: ping() }
    }
  })
  await helia.start()
  return helia
}

export { CID, noise, tls }

// A command of the RPC; gives the answer's bytes.
export async function rpc (command, body) {
  const init = { method: 'POST' }
  if (body != null) {
    init.body = new FormData()
    for (const [name, bytes] of Object.entries(body)) init.body.append('file', new Blob([bytes]), name)
  }
  const response = await fetch(`${url}/api/v0/${command}`, init)
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${command}: ${response.status} ${text(bytes)}`)
  return bytes
}

export const text = bytes => new TextDecoder().decode(bytes)
export const lines = bytes => text(bytes).trim().split('\n').filter(line => line !== '').map(line => JSON.parse(line))

// Where the node under test is reached by TCP.
export async function address () {
  const id = JSON.parse(text(await rpc('id')))
  const found = (id.Addresses ?? []).find(one => one.includes('/ip4/127.0.0.1/tcp/'))
  if (found == null) throw new Error(`the node listens on no TCP address: ${JSON.stringify(id)}`)
  return multiaddr(found)
}

// Content that is new at every run, and the same for the same seed within one.
const run = BigInt(Date.now()) * 1000n + BigInt(process.pid)

export function noisy (seed, length) {
  const bytes = new Uint8Array(length)
  let state = (BigInt(seed) * 0x9e3779b97f4a7c15n ^ run) & 0xffffffffffffffffn | 1n
  let low = Number(state & 0xffffffffn) | 1
  for (let at = 0; at < length; at++) {
    low ^= low << 13
    low ^= low >>> 17
    low ^= low << 5
    bytes[at] = low
  }
  return bytes
}

export async function collect (source) {
  const parts = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

export { unixfs }
