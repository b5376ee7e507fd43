#!/usr/bin/env bash
about='commands that need the network, without one'
. "${0%/*}/lib.sh"
repo

# says TEXT COMMAND...: the command fails with that error.
says() {
  local text=$1 rc=0
  shift
  "$@" > stdout 2> stderr || rc=$?
  is "$rc" 1
  is "$(cat stderr)" "Error: $text"
}
command="this command must be run in online mode. Try running 'ipfs daemon' first"
action="this action must be run in online mode, try running 'ipfs daemon' first"
peer=12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5
cid=QmQPeNsJPyVWPFDVHb77w8G42Fvo15z4bG2X8D2GhfbSXc

# spec: offline.command
check 'commands that look first' <<'END'
for line in "bitswap ledger $peer" 'bitswap wantlist' 'bitswap reprovide' mount "ping $peer" \
  "provide once $cid" 'provide stat' "routing findpeer $peer" "routing findprovs $cid" \
  "routing provide $cid" 'routing reprovide' 'stats dht' 'stats provide' 'stats reprovide' \
  'swarm addrs autonat' 'swarm filters' 'swarm filters rm all' 'swarm peering ls' 'version check'; do
  says "$command" ipfs $line
done
END

# spec: offline.action
check 'commands that fail on the way' <<'END'
for line in "routing get /ipns/$peer" 'swarm addrs' 'swarm addrs listen' 'swarm addrs local' 'swarm peers'; do
  says "$action" ipfs $line
done
END

# spec: offline.figures
check 'figures of a daemon' <<'END'
for line in 'bitswap stat' 'stats bitswap' 'stats bw'; do
  says "unable to run offline: $command" ipfs $line
done
END

# spec: offline.connect, offline.disconnect
check 'connect and disconnect' <<'END'
address=/ip4/127.0.0.1/tcp/1/p2p/$peer
says "connect $peer failure: $action" ipfs swarm connect $address
prints "disconnect $peer failure: $action" ipfs swarm disconnect $address
says 'failed to parse multiaddr "x": must begin with /' ipfs swarm connect x
END

# spec: offline.removed
check 'removed commands' <<'END'
for name in findpeer findprovs get provide put; do
  says "removed, use 'ipfs routing' instead" ipfs dht $name
done
for name in data get links new put stat 'patch append-data' 'patch set-data'; do
  says "removed, use 'ipfs dag' or 'ipfs files' instead" ipfs object $name
done
END

# spec: offline.no-dht, offline.no-p2p, offline.no-pubsub, offline.resources
check 'what is switched off' <<'END'
says 'routing service is not a DHT' ipfs dht query $peer
for line in ls close 'stream ls' 'stream close' "listen /x/a /ip4/127.0.0.1/tcp/1"; do
  says 'libp2p stream mounting not enabled' ipfs p2p $line
done
for line in ls peers 'sub a'; do
  says 'experimental pubsub feature not enabled, run daemon with --enable-pubsub-experiment to use' ipfs pubsub $line
done
says 'missing ResourceMgr: make sure the daemon is running with Swarm.ResourceMgr.Enabled' ipfs swarm resources
END

# spec: offline.pubsub-reset, offline.provide-clear
check 'what there is nothing of' <<'END'
prints 'Reset validator state for 0 peer(s)' ipfs pubsub reset
prints 'removed 0 items from provide queue' ipfs provide clear
prints '' ipfs provide clear -q
END

# spec: offline.diag-cmds
check 'diag cmds' <<'END'
prints '' ipfs diag cmds clear
prints '' ipfs diag cmds set-time 1h
says 'time: invalid duration "x"' ipfs diag cmds set-time x
END

# spec: offline.put, offline.shutdown
check 'put and shutdown' <<'END'
echo x > value
says 'can'\''t put while offline: pass `--allow-offline` to override' ipfs routing put /ipns/$peer value
says 'daemon not running' ipfs shutdown
END

# spec: offline.missing-block
check 'a missing block' <<'END'
missing=bafybeia6po64b6tfqq73lckadrhpihg2oubaxgqaoushquhcek46y3zumm
for name in 'block get' cat 'dag get' ls refs; do
  says "block was not found locally (offline): ipld: could not find $missing" ipfs $name $missing
done
END

finish
