import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CID, address, collect, lines, noise, noisy, rpc, start, text, tls, unixfs } from './setup.js'

const TIMEOUT = 60_000
const within = () => ({ signal: AbortSignal.timeout(TIMEOUT) })
let helia, fs

before(async () => {
  helia = await start()
  fs = unixfs(helia)
  await helia.libp2p.dial(await address())
})

after(() => helia.stop())

async function add (name, bytes, options = 'cid-version=1') {
  const answer = lines(await rpc(`add?pin=false&${options}`, { [name]: bytes }))
  return CID.parse(answer.at(-1).Hash)
}

for (const [what, length] of [['a small file', 1000], ['a file of 1 MiB', 1 << 20], ['a file of 20 MiB', 20 << 20]]) {
  test(`Helia gets ${what} from the node`, async () => {
    const bytes = noisy(length + 1, length)
    const cid = await add('file', bytes)
    assert.ok(Buffer.from(bytes).equals(await collect(fs.cat(cid, within()))))
  })

  test(`the node gets ${what} from Helia`, async () => {
    const bytes = noisy(length + 2, length)
    const cid = await fs.addBytes(bytes)
    const got = await rpc(`cat?arg=${cid}&timeout=${TIMEOUT / 1000}s`)
    assert.ok(Buffer.from(bytes).equals(Buffer.from(got)))
  })
}

test('Helia gets a file under a CID of version 0', async () => {
  const bytes = noisy(21, 700_000)
  const cid = await add('file', bytes, 'cid-version=0')
  assert.equal(cid.version, 0)
  assert.ok(Buffer.from(bytes).equals(await collect(fs.cat(cid, within()))))
})

test('the node gets a file under a CID of version 0 from Helia', async () => {
  const bytes = noisy(22, 700_000)
  const cid = await fs.addBytes(bytes, { cidVersion: 0, rawLeaves: false })
  assert.equal(cid.version, 0)
  const got = await rpc(`cat?arg=${cid}&timeout=${TIMEOUT / 1000}s`)
  assert.ok(Buffer.from(bytes).equals(Buffer.from(got)))
})

async function addDirectory (files, options = '') {
  const answer = lines(await rpc(`add?pin=false&cid-version=1&wrap-with-directory=true${options}`, files))
  return CID.parse(answer.find(entry => entry.Name === '').Hash)
}

const names = Array.from({ length: 200 }, (_, number) => `file-${number}`)

test('Helia gets a directory of 200 files from the node', async () => {
  const files = Object.fromEntries(names.map((name, number) => [name, noisy(number + 100, 500)]))
  const cid = await addDirectory(files)
  let count = 0
  for await (const entry of fs.ls(cid, within())) {
    assert.ok(Buffer.from(files[entry.name]).equals(await collect(fs.cat(entry.cid, within()))))
    count++
  }
  assert.equal(count, 200)
})

test('the node gets a directory of 200 files from Helia', async () => {
  const files = names.map((name, number) => ({ path: `d/${name}`, content: noisy(number + 1000, 500) }))
  let directory
  for await (const entry of fs.addAll(files)) directory = entry.cid
  const timeout = `timeout=${TIMEOUT / 1000}s`
  const listed = JSON.parse(text(await rpc(`ls?arg=${directory}&${timeout}`)))
  assert.deepEqual(listed.Objects[0].Links.map(link => link.Name).sort(), [...names].sort())
  await rpc(`pin/add?arg=${directory}&${timeout}`)
  const refs = lines(await rpc(`refs?arg=${directory}&recursive=true&unique=true&offline=true`))
  assert.equal(refs.length, 200)
  await rpc(`pin/rm?arg=${directory}`)
})

test('Helia gets a sharded directory from the node', async () => {
  const files = Object.fromEntries(names.map((name, number) => [name, noisy(number + 3000, 60)]))
  const cid = await addDirectory(files, '&max-directory-links=10')
  const node = JSON.parse(text(await rpc(`dag/get?arg=${cid}`)))
  assert.equal(Buffer.from(node.Data['/'].bytes, 'base64')[1], 5, 'the type of a sharded directory')
  const found = []
  for await (const entry of fs.ls(cid, within())) found.push(entry.name)
  assert.deepEqual(found.sort(), [...names].sort())
  const last = await collect(fs.cat(cid, { path: names.at(-1), ...within() }))
  assert.ok(Buffer.from(files[names.at(-1)]).equals(last))
})

test('both at once, ten files each way', async () => {
  const work = Array.from({ length: 10 }, async (_, number) => {
    const mine = noisy(number + 5000, 300_000)
    const theirs = noisy(number + 6000, 300_000)
    const [mineCid, theirCid] = [await fs.addBytes(mine), await add('file', theirs)]
    const [got, given] = await Promise.all([
      collect(fs.cat(theirCid, within())), rpc(`cat?arg=${mineCid}&timeout=${TIMEOUT / 1000}s`)
    ])
    assert.ok(Buffer.from(theirs).equals(got))
    assert.ok(Buffer.from(mine).equals(Buffer.from(given)))
  })
  await Promise.all(work)
})

test('what nobody has ends in time, and the connection lasts', async () => {
  const nowhere = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy'
  await assert.rejects(rpc(`cat?arg=${nowhere}&timeout=1s`))
  await assert.rejects(collect(fs.cat(CID.parse(nowhere), { signal: AbortSignal.timeout(1000) })))
  const bytes = noisy(77, 5000)
  const cid = await add('file', bytes)
  assert.ok(Buffer.from(bytes).equals(await collect(fs.cat(cid, within()))))
})

test('the node knows Helia, and pings it', async () => {
  const peer = helia.libp2p.peerId.toString()
  const swarm = JSON.parse(text(await rpc('swarm/peers')))
  assert.ok(swarm.Peers.some(one => one.Peer === peer))
  const id = JSON.parse(text(await rpc(`id?arg=${peer}`)))
  assert.match(id.AgentVersion, /helia|libp2p/)
  assert.ok(id.Protocols.includes('/ipfs/bitswap/1.2.0'))
  const pings = lines(await rpc(`ping?arg=${peer}&count=2`))
  assert.equal(pings.filter(one => one.Success && one.Time > 0).length, 2)
})

test('Helia pings the node', async () => {
  const time = await helia.libp2p.services.ping.ping(await address(), within())
  assert.ok(time >= 0)
})

for (const [name, security] of [['noise', [noise()]], ['TLS', [tls()]]]) {
  test(`the node dials a Helia that speaks ${name} only`, async () => {
    const other = await start(security)
    try {
      const listening = other.libp2p.getMultiaddrs()[0].toString()
      await rpc(`swarm/connect?arg=${encodeURIComponent(listening)}`)
      const bytes = noisy(name.length + 9000, 400_000)
      const cid = await unixfs(other).addBytes(bytes)
      const got = await rpc(`cat?arg=${cid}&timeout=${TIMEOUT / 1000}s`)
      assert.ok(Buffer.from(bytes).equals(Buffer.from(got)))
      await rpc(`swarm/disconnect?arg=${encodeURIComponent(listening)}`)
    } finally {
      await other.stop()
    }
  })
}
