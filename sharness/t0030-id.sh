#!/usr/bin/env bash
about='ipfs id without a daemon'
. "$(dirname "$0")/lib.sh"
repo
peer=$(ipfs config Identity.PeerID)

# spec: id.own
check 'id prints an object with the known fields' <<'END'
ipfs id > out
is "$(grep -o '"[A-Za-z]*":' out | tr '\n' ' ')" '"ID": "PublicKey": "Addresses": "AgentVersion": "Protocols": '
has "$(cat out)" "\"ID\": \"$peer\""
END

# spec: id.text
check '--format' <<'END'
prints "$peer" ipfs id -f '<id>'
prints "$peer" ipfs id --format='<id>\n'
[[ $(ipfs id -f '<pubkey>') =~ ^CAES[A-Za-z0-9+/=]+$ ]]
prints ab ipfs id -f 'a<addrs>b'
prints '|	|<nothing>' ipfs id -f '<protocols>|\t|<nothing>'
has "$(ipfs id -f '<aver>')" /
END

# spec: key-commands.id-format
check '--peerid-base' <<'END'
[[ $(ipfs id -f '<id>' --peerid-base=base36) =~ ^k51 ]]
[[ $(ipfs id -f '<id>' --peerid-base=base32) =~ ^bafzaa ]]
prints "$peer" ipfs id -f '<id>' --peerid-base=b58mh
fails_with 'Error: unsupported multibase encoding: wat' ipfs id --peerid-base=wat
END

# spec: id.other
check 'another peer cannot be asked offline' <<'END'
fails "Error: 'ipfs id' cannot query information on remote peers without a running daemon; if you only want to convert --peerid-base, pass --offline option" ipfs id 12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB
fails_with 'Error: invalid peer id' ipfs id nonsense
END

check 'the own peer by its names' <<'END'
prints "$peer" ipfs id -f '<id>' "$peer"
prints "$peer" ipfs id -f '<id>' "$(ipfs id -f '<id>' --peerid-base=base36)"
END

check 'swarm key and addresses: none without a daemon' <<'END'
has "$(ipfs id)" '"Addresses": null'
END

finish
