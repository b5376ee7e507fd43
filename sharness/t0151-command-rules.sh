#!/usr/bin/env bash
about='commands: order of output, links, missing blocks, names that drive terminals'
. "$(dirname "$0")/lib.sh"
repo
mkdir -p dir/sub
echo one > dir/one
echo two > dir/sub/two
ln -s one dir/link
root=$(ipfs add -rQ dir)
absent=$(echo absent | ipfs add -Qn --raw-leaves)

# spec: cat.nothing-before-error
check 'cat prints nothing when one of its arguments is not there' <<'END'
fails_with 'no link named' ipfs cat $root/one $root/nope
[ ! -s "$trash/stdout" ]
prints one ipfs cat $root/one
END

# spec: cat.symlink
check 'cat of a symbolic link prints where it leads' <<'END'
is "$(ipfs cat $root/link)" one
is "$(ipfs cat $root/link | wc -c | tr -d ' ')" 3
END

# spec: ls.sorted
check 'ls sorts by name' <<'END'
is "$(ipfs ls --size=false $root | awk '{ print $2 }' | tr '\n' ' ')" 'link one sub/ '
ipfs config Import.UnixFSHAMTDirectorySizeThreshold 1B
mkdir -p many
for n in $(seq 40); do echo $n > many/$n; done
many=$(ipfs add -rQ many)
ipfs config Import.UnixFSHAMTDirectorySizeThreshold 256KiB
ipfs ls --size=false $many | awk '{ print $2 }' > got
LC_ALL=C sort got | cmp - got
ipfs ls --stream --size=false $many | awk '{ print $2 }' > streamed
is "$(sort streamed)" "$(sort got)"
END

# spec: ls.names-escaped, cli.names-escaped
check 'names are printed so that they cannot drive a terminal' <<'END'
mkdir odd
echo x > "odd/$(printf 'a\033[31mb')"
odd=$(ipfs add -rQ odd)
has "$(ipfs ls $odd)" 'a\x1b[31mb'
lacks "$(ipfs ls $odd)" "$(printf '\033')"
lacks "$(ipfs add -r odd 2> /dev/null)" "$(printf '\033')"
END

# spec: ls.broken-shard, refs.missing-child
check 'a missing inner block' <<'END'
ipfs config Import.UnixFSHAMTDirectorySizeThreshold 1B
mkdir -p broken
for n in $(seq 300); do echo $n > broken/$n; done
broken=$(ipfs add -rQ --pin=false broken)
ipfs config Import.UnixFSHAMTDirectorySizeThreshold 256KiB
inner=$(ipfs dag get $broken | sed 's/{"Hash"/\n&/g' | sed -n 's/.*{"\/":"\([^"]*\)"},"Name":"[0-9A-F][0-9A-F]".*/\1/p' | awk 'NR == 1')
ipfs block rm $inner
fails_with 'failed to fetch all nodes' ipfs ls $broken
fails_with 'failed to fetch all nodes' ipfs refs -r $broken
ipfs ls $root
END

# spec: add.mode-bits
check 'add --mode: nine bits, and three more' <<'END'
mode_of() { ipfs files stat --format='<mode-octal>' /ipfs/$1; }
is "$(mode_of $(ipfs add -Q --mode=0640 dir/one))" 0640
ipfs add -Q --mode=0640 dir/one > plain
ipfs add -Q --mode=01000640 dir/one > same
is "$(cat plain)" "$(cat same)"
END

# spec: add.metadata-no-raw-root
check 'mode and time need a node around the leaf' <<'END'
fails_with 'raw-leaves' ipfs add --raw-leaves --mode=0640 dir/one
is "$(ipfs cid format -f %c $(ipfs add -Q --cid-version=1 --mode=0640 dir/one))" dag-pb
is "$(ipfs cid format -f %c $(ipfs add -Q --cid-version=1 dir/one))" raw
END

# spec: get.null-device
check 'get to /dev/null writes nothing' <<'END'
prints 'Saving file(s) to /dev/null' ipfs get --output=/dev/null $root/one
[ -c /dev/null ]
prints '' find . -name null
END

# spec: get.no-symlink-traversal
check 'get writes nothing through a link' <<'END'
mkdir -p target outside
ln -s "$PWD/outside" target/sub
ipfs get -o target $root || true
prints '' ls -A outside
[ -f target/sub/two ] && [ ! -L target/sub ] || [ ! -e outside/two ]
ipfs get -o clean $root
prints two cat clean/sub/two
END

# spec: get.complete-or-absent
check 'an archive has its name when it is complete, or never' <<'END'
head -c 600000 /dev/zero > big
big=$(ipfs add -Q --pin=false -s size-100000 --raw-leaves big)
ipfs get -a -o whole.tar $big
tar tf whole.tar
ipfs block rm $(ipfs refs $big | tail -n 1)
exits 1 ipfs get -a -o part.tar $big
[ ! -e part.tar ]
END

# spec: cli.stop-texts
check 'a command that takes too long says so' <<'END'
head -c 50000000 /dev/zero > large
fails_with 'timed out' ipfs --timeout=1ms add -Q --pin=false -s size-1000 large
END

check 'no progress where no terminal is' <<'END'
ipfs add --pin=false large 2> err > out
prints '' cat err
has "$(cat out)" added
END

# spec: commands.json
check 'the table of commands as JSON' <<'END'
ipfs commands --enc=json > table
is "$(grep -o '^{"Name":"ipfs","Subcommands":\[{"Name":"' table)" '{"Name":"ipfs","Subcommands":[{"Name":"'
has "$(cat table)" '"Options":[{"Names":["'
has "$(cat table)" '"Name":"add","Subcommands":[],"Options":[' || has "$(cat table)" '"Name":"add","Subcommands":null,"Options":['
END

# spec: help.warnings
check 'help says what will not stay' <<'END'
is "$(ipfs object patch add-link --help | head -n 1)" 'WARNING:   DEPRECATED, command will be removed in the future'
is "$(ipfs mount --help | head -n 1)" 'WARNING:   EXPERIMENTAL, command may change in future releases'
lacks "$(ipfs cat --help)" WARNING
END

# spec: repo-commands.verify-heal
check 'verify --heal needs the network, and deletes nothing without it' <<'END'
ipfs refs local | sort > before
exits 1 ipfs repo verify --heal
ipfs refs local | sort | cmp - before
END

# spec: diag.sys-disk
check 'diag sys tells the size of the disk' <<'END'
total=$(ipfs diag sys | sed 's/.*"total_space"://; s/[^0-9].*//')
is "$total" "$(($(stat -f -c %b "$IPFS_PATH") * $(stat -f -c %S "$IPFS_PATH")))"
END

# spec: resolve.base-from-path, dag-commands.resolve-base
check 'CIDs are printed in the base of the path, unless one is given' <<'END'
v1=$(ipfs add -rQ --cid-version=1 dir)
b16=$(ipfs cid format -b base16 $v1)
has "$(ipfs resolve /ipfs/$b16/sub)" /ipfs/f01
has "$(ipfs resolve /ipfs/$v1/sub)" /ipfs/bafy
has "$(ipfs dag resolve $b16/sub)" f01
has "$(ipfs dag resolve --cid-base=base58btc $b16/sub)" z
has "$(ipfs resolve --cid-base=base58btc /ipfs/$b16/sub)" /ipfs/z
END

# spec: name-commands.pubsub
check 'name pubsub without a daemon' <<'END'
prints disabled ipfs name pubsub state
fails_with 'pubsub' ipfs name pubsub subs
END

# spec: key-commands.lookup
check 'a key is looked up by name before it is taken for an ID' <<'END'
id=$(ipfs key gen first)
second=$(ipfs key gen "$id")
is "$(ipfs key export -o - "$id" 2> /dev/null | sha256sum)" "$(ipfs key export -o - "$id" 2> /dev/null | sha256sum)"
ipfs key export -o by-name "$id"
ipfs key export -o of-first first
exits 1 cmp by-name of-first
prints "$(ipfs config Identity.PeerID)" ipfs id -f '<id>'
END

# spec: keystore.texts
check 'texts of the keystore' <<'END'
fails_with 'no key by the given name was found' ipfs name publish --allow-offline --key=nope /ipfs/$root
ipfs key gen twice
ipfs key gen other
fails_with 'key by that name already exists, refusing to overwrite' ipfs key rename other twice
fails_with 'key name must be at least one character' ipfs key rename other ''
END

# spec: keystore.list
check 'files of the keystore that are no key'\''s are passed over' <<'END'
ipfs key ls > before
echo x > "$IPFS_PATH/keystore/notes"
echo x > "$IPFS_PATH/keystore/key_!"
ipfs key ls | cmp - before
END
finish
