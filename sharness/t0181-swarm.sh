#!/usr/bin/env bash
about='ipfs swarm, id, ping and bitswap between two daemons'

. "$(dirname "$0")/own_network.sh"

# starts NODE ARGUMENTS...: its daemon in the background, until it is ready; its process is $pid.
starts() {
  local node=$1
  shift
  # What an earlier daemon said is not said by this one.
  : >"$node.out"
  IPFS_PATH=$PWD/$node ipfs daemon "$@" >"$node.out" 2>"$node.err" &
  pid=$!
  echo $pid >"$node.pid"
  for _ in $(seq 200); do
    grep -q '^Daemon is ready' "$node.out" && return
    kill -0 $pid 2>/dev/null || break
    sleep 0.05
  done
  cat "$node.out" "$node.err"
  return 1
}

# at NODE WORDS...: a command of that node.
at() {
  local node=$1
  shift
  IPFS_PATH=$PWD/$node ipfs "$@"
}

peer() { at "$1" config Identity.PeerID; }
address() { at "$1" id -f '<addrs>\n' | head -1; }
both() { starts one; starts two; at one swarm connect "$(address two)"; }
# One that was not connected by this check may be gone already.
stop() { kill $(cat one.pid two.pid 2>/dev/null) 2>/dev/null || true; wait; }
trap 'kill $(cat "$HOME"/*.pid) 2>/dev/null; chmod -R u+w "$trash"; rm -rf "$trash"' EXIT

nowhere=12D3KooWBHv23epe5fot3i8PiiLHXcumAMkYU6Vgd7ZrmUNBEzHR

for node in one two; do
  IPFS_PATH=$PWD/$node ipfs init --profile=test >/dev/null
done

# spec: daemon.swarm, daemon.swarm-lines, id.addresses, swarm-command.agent
check 'a daemon says where its swarm listens' <<'END'
starts one
trap stop EXIT
port=$(at one id -f '<addrs>' | sed 's,.*/tcp/\([0-9]*\)/.*,\1,')
grep -q "^Swarm listening on 127.0.0.1:$port (TCP)$" one.out
grep -q "^Run 'ipfs id' to inspect announced and discovered multiaddrs of this node.$" one.out
prints "/ip4/127.0.0.1/tcp/$port/p2p/$(peer one)" at one id -f '<addrs>\n'
at one id -f '<aver>' | grep -q ^kubo/
END

# spec: swarm-command.connect, swarm-command.disconnect, swarm-command.peers, swarm-command.peers-text
check 'connect, list, disconnect' <<'END'
starts one; starts two
trap stop EXIT
to=$(address two)
prints "connect $(peer two) success" at one swarm connect "$to"
prints "$to" at one swarm peers
at one swarm peers --direction | grep -q ' outbound$'
at two swarm peers --direction | grep -q ' inbound$'
prints "disconnect $(peer two) success" at one swarm disconnect "/p2p/$(peer two)"
prints '' at one swarm peers
prints "disconnect $(peer two) failure: not connected" at one swarm disconnect "/p2p/$(peer two)"
prints "disconnect $(peer two) failure: conn not found" at one swarm disconnect "$to"
END

# spec: swarm-command.connect
check 'a failure names the address and the reason' <<'END'
starts one
trap stop EXIT
! at one swarm connect /ip4/127.0.0.1/tcp/9/p2p/$nowhere 2>got
grep -q "connect $nowhere failure: failed to dial: failed to dial $nowhere: all dials failed" got
grep -q 'connection refused' got
END

# spec: id.other, swarm-command.identify
check 'id of another peer' <<'END'
both
trap stop EXIT
prints "$(peer two)" at one id -f '<id>\n' "$(peer two)"
at one id "$(peer two)" | grep -q '"/ipfs/id/1.0.0"'
at one swarm peers --identify --enc=json | grep -q '"AgentVersion":"kubo/'
END

# spec: ping-command.run, ping-command.text, ping-command.lookup
check 'ping' <<'END'
both
trap stop EXIT
at one ping -n 1 "$(peer two)" >got
grep -q "^PING $(peer two)\.$" got
grep -Eq '^Pong received: time=[0-9]+\.[0-9]{2} ms$' got
grep -Eq '^Average latency: [0-9]+\.[0-9]{2}ms$' got
! at one ping -n 1 $nowhere >got 2>err
prints "Looking up peer $nowhere" cat got
grep -q 'peer lookup failed: routing: not found' err
END

# spec: bitswap-command.stat, bitswap-command.stat-text, bitswap-command.wantlist
# spec: bitswap-command.ledger, swarm-command.autonat
check 'figures' <<'END'
starts one
trap stop EXIT
at one bitswap stat | head -2 >got
printf 'bitswap status\n\tblocks received: 0\n' >want
diff want got
prints '' at one bitswap wantlist
at one bitswap ledger $nowhere | head -1 | grep -q "^Ledger for $nowhere$"
at one swarm addrs autonat | grep -q 'Reachability: Unknown'
at one stats bw | head -1 | grep -q '^Bandwidth$'
END

# spec: swarm-command.resources, swarm-command.resources-text
check 'resources' <<'END'
starts one
trap stop EXIT
at one swarm resources | head -1 | grep -q '^Scope'
at one swarm resources | grep -q '^system.*ConnsInbound'
at one swarm resources --enc=json | grep -q '"Conns":"unlimited"'
END

# spec: swarm-command.private-network, daemon.private-network, swarm.pnet
check 'nodes of different networks do not meet' <<'END'
key() { printf '/key/swarm/psk/1.0.0/\n/base16/\n%064d\n' "$1"; }
key 1 >one/swarm.key
starts one; starts two
trap 'stop; rm -f one/swarm.key two/swarm.key' EXIT
grep -q '^Swarm is limited to private network of peers with the swarm key$' one.out
grep -Eq '^Swarm key fingerprint: [0-9a-f]{32}$' one.out
! at one swarm connect "$(address two)"
stop
key 1 >two/swarm.key
starts one; starts two
at one swarm connect "$(address two)" | grep -q success
END

# spec: daemon.config-checks
check 'a private network takes no settings from the public one' <<'END'
printf '/key/swarm/psk/1.0.0/\n/base16/\n%064d\n' 1 >one/swarm.key
trap 'stop; rm -f one/swarm.key; at one config --json AutoConf.Enabled false' EXIT
at one config --json AutoConf.Enabled true
fails_with 'AutoConf cannot use the default mainnet URL' at one daemon
at one config AutoConf.URL http://127.0.0.1:1/autoconf.json
starts one
END

# spec: daemon.swarm-listen
check 'a daemon that can listen nowhere does not start' <<'END'
at two config --json Addresses.Swarm '["/ip4/203.0.113.1/tcp/0"]'
! starts two
at two config --json Addresses.Swarm '["/ip4/127.0.0.1/tcp/0"]'
grep -q 'failed to listen on any addresses' two.err
END

# spec: swarm-command.addrs, swarm-command.addrs-local, swarm-command.addrs-listen
# spec: swarm-command.resolve
check 'addresses' <<'END'
starts one
trap stop EXIT
own=$(address one)
prints "${own%/p2p/*}" at one swarm addrs local
prints "$own" at one swarm addrs local --id
at one swarm addrs listen | grep -qxF "${own%/p2p/*}"
at one swarm addrs | grep -q "^$(peer one) (1)$"
! at one swarm connect /ip4/127.0.0.1/tcp/9 2>err
grep -q 'found no ipfs peers at /ip4/127.0.0.1/tcp/9' err
END

# spec: swarm-command.filters, swarm-command.filters-add, swarm-command.filters-rm
check 'filters' <<'END'
starts one
trap stop EXIT
prints '' at one swarm filters
prints /ip4/10.0.0.0/ipcidr/8 at one swarm filters add /ip4/10.0.0.0/ipcidr/8
prints /ip4/10.0.0.0/ipcidr/8 at one swarm filters
at one config Swarm.AddrFilters | grep -q /ip4/10.0.0.0/ipcidr/8
! at one swarm filters add nonsense 2>err
grep -q 'invalid multiaddr-filter format' err
prints '' at one swarm filters rm /ip4/11.0.0.0/ipcidr/8
prints /ip4/10.0.0.0/ipcidr/8 at one swarm filters rm all
prints '' at one swarm filters
END

# spec: swarm-command.peering-add, swarm-command.peering-ls, swarm-command.peering-rm
check 'peering' <<'END'
starts one; starts two
trap stop EXIT
prints "add $(peer two) success" at one swarm peering add "$(address two)"
printf '%s\n\t%s\n' "$(peer two)" "$(address two | sed 's,/p2p/.*,,')" >want
at one swarm peering ls >got
diff want got
# The first try comes some seconds later.
for _ in $(seq 400); do at one swarm peers | grep -q . && break; sleep 0.05; done
prints "$(address two)" at one swarm peers
prints "remove $(peer two) success" at one swarm peering rm "$(peer two)"
prints '' at one swarm peering ls
END

# spec: ping-command.argument
check 'ping: who may be named' <<'END'
starts one
trap stop EXIT
! at one ping nonsense 2>err
grep -q "failed to parse peer address 'nonsense'" err
! at one ping "$(peer one)" 2>err
grep -q "error: can't ping self" err
END

# spec: routing-commands.findprovs, routing-commands.findpeer, routing-commands.provide
check 'routing without routers' <<'END'
starts one
trap stop EXIT
cid=bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy
prints '' at one routing findprovs $cid
! at one routing findpeer $nowhere 2>err
grep -q 'routing: not found' err
! at one routing provide $cid 2>err
grep -q 'cannot provide, no connected peers' err
END

finish
