#!/usr/bin/env bash
about='ipfs init: what a fresh repo holds'
. "$(dirname "$0")/lib.sh"

# spec: init.steps
check 'init names the peer and makes the repo' <<'END'
ipfs init --profile=test > out
is "$(head -n 1 out)" 'generating ED25519 keypair...done'
[[ $(sed -n 2p out) =~ ^peer\ identity:\ 12D3KooW[1-9A-Za-z]{44}$ ]]
is "$(sed -n 3p out)" "initializing IPFS node at $IPFS_PATH"
is "$(wc -l < out)" 3
END

# spec: layout.files
check 'the repo has exactly the known entries' <<'END'
prints 'blocks
config
datastore
datastore_spec
keystore
version' ls -A "$IPFS_PATH"
prints '' ls "$IPFS_PATH/keystore"
END

check 'files and folders have the reference'\''s modes' <<'END'
is "$(mode "$IPFS_PATH")" 755
is "$(mode "$IPFS_PATH/config")" 600
is "$(mode "$IPFS_PATH/keystore")" 700
is "$(mode "$IPFS_PATH/blocks")" 755
is "$(mode "$IPFS_PATH/datastore")" 755
is "$(mode "$IPFS_PATH/version")" 644
is "$(mode "$IPFS_PATH/datastore_spec")" 600
END

check 'version, datastore_spec and SHARDING have the exact bytes' <<'END'
is "$(od -c "$IPFS_PATH/version")" '0000000   1   8  \n
0000003'
is "$(cat "$IPFS_PATH/datastore_spec")" '{"mounts":[{"mountpoint":"/blocks","path":"blocks","shardFunc":"/repo/flatfs/shard/v1/next-to-last/2","type":"flatfs"},{"mountpoint":"/","path":"datastore","type":"levelds"}],"type":"mount"}'
is "$(sha "$IPFS_PATH/blocks/SHARDING")" 70fb6665a8db5fcc035e93750fe34b5a001a69bbde676ebcf64665c4a5876d58
is "$(cat "$IPFS_PATH/blocks/SHARDING")" /repo/flatfs/shard/v1/next-to-last/2
[ -s "$IPFS_PATH/blocks/_README" ]
END

check 'a second init changes nothing and fails' <<'END'
cp "$IPFS_PATH/config" before
fails 'Error: ipfs configuration file already exists!
Reinitializing would overwrite your keys' ipfs init
same before "$IPFS_PATH/config"
END

check 'the config is JSON with the identity in it' <<'END'
peer=$(sed -n 's/^peer identity: //p' out)
prints "$peer" ipfs config Identity.PeerID
has "$(cat "$IPFS_PATH/config")" '"PrivKey": "'
END

# spec: init.empty-folder-pinned
check 'the empty repo holds the empty directory and nothing else' <<'END'
rm -rf "$IPFS_PATH"
ipfs init --profile=test -e > out
prints 'QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn recursive' ipfs pin ls
prints '' ipfs files ls
prints bafkreiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354 ipfs refs local
END

# spec: init.welcome-pages
check '--empty-repo=false stores a welcome page' <<'END'
rm -rf "$IPFS_PATH"
ipfs init --profile=test --empty-repo=false > out
has "$(cat out)" 'to get started, enter:'
root=$(sed -n 's,.*ipfs cat /ipfs/\([^/]*\)/readme.*,\1,p' out)
ipfs cat "/ipfs/$root/readme" > readme
[ "$(wc -l < readme)" -gt 5 ]
has "$(ipfs pin ls --type=recursive)" "$root"
END

# spec: key-commands.identity-lines
check '--algorithm=rsa and --bits' <<'END'
rm -rf "$IPFS_PATH"
ipfs init --profile=test --algorithm=rsa --bits=2048 > out
is "$(head -n 1 out)" 'generating 2048-bit RSA keypair...done'
[[ $(sed -n 2p out) =~ ^peer\ identity:\ Qm[1-9A-Za-z]{44}$ ]]
END

check 'keys that are too small or of no known kind are refused' <<'END'
rm -rf "$IPFS_PATH"
fails 'Error: rsa keys must be >= 2048 bits to be useful' ipfs init --algorithm=rsa --bits=1024
[ ! -e "$IPFS_PATH/config" ]
fails 'Error: unrecognized key type: none' ipfs init --algorithm=none
fails 'Error: invalid key size 2048: ed25519 keys are always 256 bits' ipfs init --algorithm=ed25519 --bits=2048
END

# spec: init.profiles
check 'an unknown profile is refused and leaves no repo' <<'END'
rm -rf "$IPFS_PATH"
fails 'Error: invalid configuration profile: nonexistent' ipfs init --profile=nonexistent
[ ! -e "$IPFS_PATH/config" ]
END

check 'several profiles at once' <<'END'
rm -rf "$IPFS_PATH"
ipfs init --profile=server,test > out
has "$(ipfs config Swarm.AddrFilters)" '/ip4/10.0.0.0/ipcidr/8'
prints /ip4/127.0.0.1/tcp/0 ipfs config Addresses.Gateway
END

check 'a config given as a file is taken' <<'END'
cp "$IPFS_PATH/config" given
rm -rf "$IPFS_PATH"
ipfs init given > out
is "$(grep PeerID "$IPFS_PATH/config")" "$(grep PeerID given)"
END

check 'a given config that is no JSON is refused' <<'END'
rm -rf "$IPFS_PATH"
echo '{' > bad
fails_with 'unexpected EOF' ipfs init bad
END

check 'flatfs-measure, pebbleds and badgerds profiles are known' <<'END'
rm -rf "$IPFS_PATH"
ipfs init --profile=flatfs-measure > out
has "$(cat "$IPFS_PATH/datastore_spec")" flatfs
echo hi > hi
prints QmZLRFWaz9Kypt2ACNMDzA5uzACDRiCqwdkNSP1UZsu56D ipfs add -Q hi
END

# spec: init.writable
check 'a folder that cannot be written is an error' <<'END'
: > file
fails_with 'not a directory' env IPFS_PATH="$HOME/file/repo" ipfs init
END

finish
