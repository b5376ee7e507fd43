// The node under test: its address is in RPC_URL.
import { create } from 'kubo-rpc-client'

const url = process.env.RPC_URL
if (!url) throw new Error('RPC_URL names the RPC to test, such as http://127.0.0.1:5001')

export const ipfs = create({ url })
export const rpcUrl = url

// An unused identity, and a CID that nobody has.
export const PEER = '12D3KooWBHv23epe5fot3i8PiiLHXcumAMkYU6Vgd7ZrmUNBEzHR'
export const NOWHERE = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const bytes = text => encoder.encode(text)

export async function all (source) {
  const items = []
  for await (const item of source) items.push(item)
  return items
}

export async function read (source) {
  const parts = await all(source)
  return Buffer.concat(parts)
}

export async function readText (source) {
  return decoder.decode(await read(source))
}
