#!/usr/bin/env bash
about='ipfs repo gc, stat, verify, ls; ipfs stats repo'
. "$(dirname "$0")/lib.sh"
repo
gen a 600000 > mid
file=$(ipfs add -q mid)
ipfs repo gc > first

check 'gc keeps pins' <<'END'
prints '' ipfs repo gc
ipfs cat $file | cmp - mid
END

check 'gc removes what nothing keeps and names it' <<'END'
ipfs pin rm $file > out
prints 'removed bafkreib3kbi7kiuowaneu762kg6atqoc3p5cmkoniaj5n5aafvjkicphoi
removed bafkreici5q46dvigbfhbtqijnvtrtctebppjufvj24fr7fw4atns4ulll4
removed bafkreieugryu6vwv4s6orpl6fmjuf3llejnm5yus7rv6gh6hk5yqrhp5wa
removed bafkreihle3mnzps72cz2kkzhoal2qfqqz5sxsapinxz5o4i542ua5dqzdu' sort <(ipfs repo gc)
fails_with $file ipfs cat $file
END

check 'gc -q, --silent, --enc=json' <<'END'
ipfs repo gc > out
echo a | ipfs add -q --pin=false > cid
has "$(ipfs repo gc -q)" "$(ipfs cid format -v 1 -b base32 --mc raw "$(cat cid)")"
echo b | ipfs add -q --pin=false > cid
prints '' ipfs repo gc --silent
echo c | ipfs add -q --pin=false > cid
has "$(ipfs repo gc --enc=json)" '{"Key":{"/":"bafkrei'
END

check 'gc keeps MFS' <<'END'
echo kept | ipfs files write --create /kept
ipfs repo gc > out
prints kept ipfs files read /kept
END

check 'gc keeps direct pins and drops their children' <<'END'
mkdir -p dir
echo child > dir/child
root=$(ipfs add -Q -r --pin=false dir)
ipfs pin add -r=false $root > out
is "$(ipfs repo gc -q | wc -l)" 1
ipfs block get $root > block
END

check 'gc with a broken pin removes nothing' <<'END'
echo soon lost > lost
lost=$(ipfs add -q --pin=false lost)
cat > node.json <<JSON
{"Data":{"/":{"bytes":"CAE"}},"Links":[{"Hash":{"/":"$lost"},"Name":"lost","Tsize":10}]}
JSON
top=$(ipfs dag put --store-codec=dag-pb --pin node.json)
loose=$(echo loose | ipfs add -q --pin=false)
rm "$(grep -rla 'soon lost' "$IPFS_PATH/blocks")"
rc=0
ipfs repo gc > out 2> err || rc=$?
is $rc 1
prints loose ipfs cat $loose
ipfs pin rm $top > out
ipfs repo gc > out
END

# spec: repo-commands.stat, repo-commands.stat-text
check 'repo stat' <<'END'
ipfs repo stat > stat
is "$(cut -d : -f 1 stat | tr '\n' ' ')" 'NumObjects RepoSize StorageMax RepoPath Version '
has "$(tr -s " " < stat)" "RepoPath: $IPFS_PATH"
is "$(grep Version stat | tr -s ' ')" 'Version: fs-repo@18'
END

check 'repo stat --size-only, --human, --enc=json' <<'END'
is "$(ipfs repo stat --size-only | cut -d : -f 1 | tr '\n' ' ')" 'RepoSize StorageMax '
[[ $(ipfs repo stat --human) =~ RepoSize:\ +[0-9.]+\ .?B ]]
is "$(ipfs repo stat --enc=json | grep -o '"[A-Za-z]*":' | tr '\n' ' ')" '"RepoSize": "StorageMax": "NumObjects": "RepoPath": "Version": '
END

check 'stats repo is the same' <<'END'
is "$(ipfs stats repo | grep -v RepoSize)" "$(ipfs repo stat | grep -v RepoSize)"
END

check 'NumObjects counts blocks' <<'END'
is "$(ipfs repo stat | sed -n 's/NumObjects: *//p')" "$(ipfs refs local | wc -l)"
END

# spec: repo-commands.ls
check 'repo ls is refs local' <<'END'
is "$(ipfs repo ls | sort)" "$(ipfs refs local | sort)"
END

# spec: repo-commands.verify-text
check 'verify a sound repo' <<'END'
is "$(ipfs repo verify | tr '\r' '\n')" '1 blocks processed.
2 blocks processed.
3 blocks processed.
4 blocks processed.
5 blocks processed.
verify complete, all blocks validated.'
END

# spec: repo-commands.verify
check 'verify finds a corrupt block' <<'END'
echo precious > precious
cid=$(ipfs add -q --raw-leaves precious)
block=$(grep -rlx precious "$IPFS_PATH/blocks")
echo corrupt! > "$block"
fails_with 'Error: verify complete, 1 blocks corrupt' ipfs repo verify
END

check 'verify --drop removes it' <<'END'
ipfs repo verify --drop > out 2>&1 || true
[ ! -e "$(grep -rlx 'corrupt!' "$IPFS_PATH/blocks" || echo /nowhere)" ]
ipfs repo verify > out
END

check 'repo migrate has nothing to do' <<'END'
prints 'Repository is already at version 18.' ipfs repo migrate
END

# spec: repo-commands.migrate, repo-commands.migrate-messages, repo-commands.migrate-lock
check 'repo migrate goes up and down' <<'END'
before=$(ipfs config show)
echo 16 > "$IPFS_PATH/version"
prints 'Migrating repository from version 16 to 18...
Looking for embedded migrations.
Running embedded migration fs-repo-16-to-17...
applying 16-to-17 repo migration
> Upgrading config to use AutoConf system
updated version file
Migration 16-to-17 succeeded
Embedded migration fs-repo-16-to-17 completed successfully
Running embedded migration fs-repo-17-to-18...
applying 17-to-18 repo migration
> Migrating Provider and Reprovider configuration to unified Provide configuration
updated version file
Migration 17-to-18 succeeded
Embedded migration fs-repo-17-to-18 completed successfully
Success: fs-repo migrated to version 18 using embedded migrations.
Repository successfully migrated to version 18.' ipfs repo migrate
prints 'still here' ipfs cat "$(echo still here | ipfs add -q)"
fails 'Error: downgrade from version 18 to 17 requires --allow-downgrade flag' ipfs repo migrate --to=17
prints 'Migrating repository from version 18 to 17...
Looking for embedded migrations.
Running embedded migration fs-repo-17-to-18...
reverting migration
lowered version number to 17
Embedded migration fs-repo-17-to-18 completed successfully
Success: fs-repo migrated to version 17 using embedded migrations.
Repository successfully migrated to version 17.
WARNING: After downgrading, you must use an IPFS binary compatible with this repository version.' ipfs repo migrate --to=17 --allow-downgrade
ipfs repo migrate --to=16 --allow-downgrade > out
prints 16 cat "$IPFS_PATH/version"
echo 18 > "$IPFS_PATH/version"
is "$(ipfs config show)" "$before"
END

check 'stats without a daemon' <<'END'
fails_with "Error: unable to run offline: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs stats bw
fails_with "Error: unable to run offline: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs stats bitswap
fails_with "Error: this command must be run in online mode. Try running 'ipfs daemon' first" ipfs stats provide
END

finish
