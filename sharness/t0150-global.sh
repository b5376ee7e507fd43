#!/usr/bin/env bash
about='options that every command takes, and commands that need a daemon'
. "$(dirname "$0")/lib.sh"
repo
echo x > x

check '--enc=json, xml and nonsense' <<'END'
cid=$(ipfs add -q x)
prints '{"Key":"QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag","Size":10}' ipfs --enc=json block stat $cid
prints '{"Key":"QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag","Size":10}' ipfs block stat --encoding=json $cid
prints '<BlockStat><Key>QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag</Key><Size>10</Size></BlockStat>' ipfs --enc=xml block stat $cid
fails 'Error: invalid encoding: wat' ipfs --enc=wat block stat $cid
END

check '--timeout' <<'END'
fails_with 'Error: time: invalid duration "wat"' ipfs --timeout=wat pin ls
ipfs --timeout=60s pin ls > out
END

check '--offline is accepted everywhere' <<'END'
ipfs --offline pin ls > out
ipfs pin ls --offline > out
END

check '--cid-base' <<'END'
[[ $(ipfs --cid-base=base32 pin ls -q | head -n 1) =~ ^baf ]]
fails 'Error: unsupported multibase encoding: wat' ipfs --cid-base=wat pin ls
END

check 'options stand before or after arguments, -- ends them' <<'END'
cid=$(ipfs add -q x)
is "$(ipfs block stat $cid --enc=json)" "$(ipfs --enc=json block stat $cid)"
echo y > -y
prints QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28 ipfs add -q -- -y
END

check 'short options may be joined' <<'END'
mkdir dir
cp x dir
is "$(ipfs add -rQ dir)" "$(ipfs add -r -Q dir)"
is "$(ipfs add -rQw dir)" "$(ipfs add -r -Q -w dir)"
END

check 'an option given twice' <<'END'
fails 'Error: multiple values for option "quiet"' ipfs add -q -q x
END

check 'errors as JSON stay text' <<'END'
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs --enc=json cat nonsense
END

check 'answers end when the reader goes away' <<'END'
ipfs refs local | head -n 1 > out
END

check 'commands that need a daemon say so' <<'END'
fails "Error: this action must be run in online mode, try running 'ipfs daemon' first" ipfs swarm peers
fails "Error: connect 12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB failure: this action must be run in online mode, try running 'ipfs daemon' first" ipfs swarm connect /ip4/127.0.0.1/tcp/9/p2p/12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB
fails "Error: this action must be run in online mode, try running 'ipfs daemon' first" ipfs swarm addrs
fails "Error: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs routing findprovs QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn
fails "Error: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs routing findpeer 12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB
fails "Error: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs ping 12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB
fails "Error: unable to run offline: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs bitswap stat
fails 'Error: experimental pubsub feature not enabled, run daemon with --enable-pubsub-experiment to use' ipfs pubsub ls
fails 'Error: libp2p stream mounting not enabled' ipfs p2p ls
fails 'Error: daemon not running' ipfs shutdown
fails 'Error: routing service is not a DHT' ipfs dht query x
fails "Error: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs mount
END

check 'swarm addresses and filters from the config' <<'END'
prints '' ipfs swarm peering ls 2> err || true
fails "Error: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs swarm filters
END

finish
