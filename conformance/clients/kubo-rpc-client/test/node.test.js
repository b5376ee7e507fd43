import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CID, multiaddr } from 'kubo-rpc-client'
import { ipfs, all, readText, PEER } from './setup.js'

test('id and version', async () => {
  const id = await ipfs.id()
  assert.match(id.id.toString(), /^(12D3|Qm)/)
  assert.ok(id.publicKey.length > 10)
  assert.match(id.agentVersion, /\//)
  const version = await ipfs.version()
  assert.match(version.version, /^\d+\.\d+/)
  assert.equal(version.repo, '18')
})

test('commands', async () => {
  const list = await ipfs.commands()
  assert.ok(JSON.stringify(list).includes('"cat"'))
})

test('keys', async () => {
  const name = 'rpc-client-key'
  for (const key of await ipfs.key.list()) {
    if (key.name.startsWith(name)) await ipfs.key.rm(key.name)
  }
  const key = await ipfs.key.gen(name, { type: 'ed25519' })
  assert.match(key.id, /^k51/)
  await assert.rejects(ipfs.key.gen(name, { type: 'ed25519' }), /already exists/)
  await assert.rejects(ipfs.key.gen('self', { type: 'ed25519' }), /cannot create key with name 'self'/)
  const rsa = await ipfs.key.gen(`${name}-rsa`, { type: 'rsa', size: 2048 })
  assert.ok(rsa.id)
  assert.deepEqual((await ipfs.key.list())[0].name, 'self')
  const renamed = await ipfs.key.rename(name, `${name}-2`)
  assert.deepEqual([renamed.was, renamed.now, renamed.overwrite], [name, `${name}-2`, false])
  assert.equal((await ipfs.key.rm(`${name}-2`)).id, key.id)
  await ipfs.key.rm(`${name}-rsa`)
  assert.ok(!(await ipfs.key.list()).some(one => one.name.startsWith(name)))
})

test('names, without network', async () => {
  const { cid } = await ipfs.add('named')
  const name = 'rpc-client-name'
  await ipfs.key.rm(name).catch(() => {})
  const key = await ipfs.key.gen(name, { type: 'ed25519' })
  const published = await ipfs.name.publish(cid, { key: name, allowOffline: true, lifetime: '2h' })
  assert.deepEqual(published, { name: key.id, value: `/ipfs/${cid}` })
  const found = await all(ipfs.name.resolve(`/ipns/${key.id}`, { offline: true }))
  assert.equal(found.at(-1), `/ipfs/${cid}`)
  assert.equal(await ipfs.resolve(`/ipns/${key.id}`), `/ipfs/${cid}`)
  await ipfs.key.rm(name)
})

test('config', async () => {
  const before = await ipfs.config.getAll()
  assert.ok(before.Identity.PeerID)
  assert.equal(before.Identity.PrivKey, undefined)
  await ipfs.config.set('Swarm.DisableNatPortMap', true)
  assert.equal(await ipfs.config.get('Swarm.DisableNatPortMap'), true)
  await ipfs.config.set('Gateway.HTTPHeaders', { 'X-A': ['b'] })
  assert.deepEqual(await ipfs.config.get('Gateway.HTTPHeaders'), { 'X-A': ['b'] })
  await ipfs.config.set('Datastore.StorageMax', '11GB')
  assert.equal(await ipfs.config.get('Datastore.StorageMax'), '11GB')
  await assert.rejects(ipfs.config.get('Nosuch.Key'), /not found/)
  await assert.rejects(ipfs.config.get('Identity.PrivKey'), /cannot show or change private key/)
  const profile = await ipfs.config.profiles.apply('lowpower', { dryRun: true })
  assert.ok(profile.original && profile.updated)
  await assert.rejects(ipfs.config.profiles.apply('nosuch'), /is not a profile/)
  const { Identity, ...rest } = before
  await ipfs.config.replace({ ...rest, Identity: { PeerID: Identity.PeerID } })
  const restored = await ipfs.config.getAll()
  assert.equal(restored.Datastore.StorageMax, before.Datastore.StorageMax)
  assert.deepEqual(restored.Identity, before.Identity)
  await ipfs.config.set('Gateway.HTTPHeaders', before.Gateway.HTTPHeaders)
})

test('bootstrap', async () => {
  const saved = (await ipfs.bootstrap.list()).Peers
  const address = multiaddr(`/ip4/10.0.0.2/tcp/4001/p2p/${PEER}`)
  const added = await ipfs.bootstrap.add(address)
  assert.deepEqual(added.Peers.map(String), [address.toString()])
  assert.ok((await ipfs.bootstrap.list()).Peers.map(String).includes(address.toString()))
  const gone = await ipfs.bootstrap.rm(address)
  assert.deepEqual(gone.Peers.map(String), [address.toString()])
  assert.equal((await ipfs.bootstrap.list()).Peers.length, saved.length)
})

test('repo', async () => {
  const stat = await ipfs.repo.stat()
  assert.ok(stat.numObjects > 0n)
  assert.ok(stat.repoSize > 0n)
  assert.match(stat.version, /^fs-repo@/)
  assert.match(String(await ipfs.repo.version()), /^\d+$/)
  const { cid } = await ipfs.add('garbage ' + Math.random(), { pin: false, cidVersion: 1 })
  const gone = await all(ipfs.repo.gc())
  assert.ok(gone.some(one => one.cid?.toString() === CID.createV1(0x55, cid.multihash).toString()))
})

test('log', async () => {
  assert.ok((await ipfs.log.ls()).length > 3)
  const set = await ipfs.log.level('rpc-client', 'error')
  assert.match(set.message, /error/)
})

test('diag', async () => {
  const commands = await ipfs.diag.cmds()
  assert.ok(commands.some(one => one.Command === 'diag/cmds' && one.Active))
  assert.ok((await ipfs.diag.sys()).diskinfo)
})

test('what needs the network says so', async () => {
  const address = multiaddr(`/ip4/127.0.0.1/tcp/9/p2p/${PEER}`)
  const online = /online mode|routing|failure/
  await assert.rejects(ipfs.swarm.peers(), online)
  await assert.rejects(ipfs.swarm.addrs(), online)
  await assert.rejects(ipfs.swarm.connect(address), online)
  await assert.rejects(ipfs.swarm.localAddrs(), online)
  await assert.rejects(ipfs.bitswap.stat(), online)
  await assert.rejects(ipfs.bitswap.wantlist(), online)
  await assert.rejects(all(ipfs.ping(PEER)), online)
  await assert.rejects(all(ipfs.stats.bw()), online)
  await assert.rejects(all(ipfs.routing.findPeer(PEER)), online)
  await assert.rejects(all(ipfs.routing.findProvs(CID.parse('bafkqaaa'))), online)
  await assert.rejects(ipfs.pubsub.ls(), /not enabled/)
  assert.equal(await ipfs.isOnline(), false)
})

test('an error keeps message, status and code', async () => {
  await assert.rejects(readText(ipfs.cat('nonsense')), error => {
    assert.equal(error.name, 'HTTPError')
    assert.equal(error.response.status, 500)
    assert.match(error.message, /invalid path "nonsense"/)
    return true
  })
  await assert.rejects(ipfs.files.stat('/', { hash: true, size: true }), error => {
    assert.equal(error.response.status, 400)
    return true
  })
})
