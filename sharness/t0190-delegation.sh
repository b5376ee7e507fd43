#!/usr/bin/env bash
about='commands that a daemon runs print what they print without one'
. "$(dirname "$0")/lib.sh"
repo
needs daemon

mkdir -p tree/sub
echo one > tree/a
echo two > tree/sub/b
ln -s a tree/link

check 'a daemon gets ready' <<'END'
ipfs daemon --offline > daemon.out 2>&1 &
echo $! > daemon.pid
for _ in $(seq 400); do
  grep -q 'Daemon is ready' daemon.out && break
  kill -0 "$(cat daemon.pid)"
  sleep 0.05
done
grep -q 'Daemon is ready' daemon.out
[ -s "$IPFS_PATH/api" ]
END

# spec: delegation.answer
check 'values are printed as asked' <<'END'
root=$(ipfs add -rnQ tree)
prints "added $(ipfs add -nQ tree/a) tree/a" sh -c 'ipfs add -r tree | head -n 1'
is "$(ipfs add -rQ tree)" "$root"
prints 'a
link
sub/' sh -c "ipfs ls --size=false $root | awk '{print \$NF}'"
has "$(ipfs block stat --enc=json $root)" '{"Key":"'
prints one ipfs cat "$root/a"
is "$(printf '%s\n' "$root/a" "$root/sub/b" | ipfs cat)" $'one\ntwo'
END

check 'files come back as files' <<'END'
root=$(ipfs add -rQ tree)
prints 'Saving file(s) to out' ipfs get "$root" -o out
diff -r tree out
[ -L out/link ]
prints 'Saving archive to out.tar' ipfs get -a "$root" -o out
has "$(tar tf out.tar)" "$root/sub/b"
mkdir -p into
ipfs get "$root/a" -o into
is "$(cat into/a)" one
END

# spec: delegation.where
check 'a second process could not have run it' <<'END'
mv "$IPFS_PATH/api" api
fails_with 'someone else has the lock' ipfs add tree/a
mv api "$IPFS_PATH/api"
ipfs add tree/a
END

# spec: delegation.api-file
check 'an api file is enough' <<'END'
mkdir -p remote
printf ' %s\n' "$(cat "$IPFS_PATH/api")" > remote/api
is "$(ipfs --repo-dir remote id -f '<id>')" "$(ipfs config Identity.PeerID)"
is "$(ipfs --api "$(cat "$IPFS_PATH/api")" --repo-dir none id -f '<id>')" "$(ipfs config Identity.PeerID)"
END

# spec: delegation.errors
check 'errors of the daemon are errors of the command' <<'END'
fails 'Error: this dag node is a directory' ipfs cat "$(ipfs add -rQ tree)"
fails_with 'no link named "none"' ipfs get "$(ipfs add -rQ tree)/none" -o missing
[ ! -e missing ]
END

# spec: delegation.hint
check 'who asks wrongly gets a hint' <<'END'
fails_with "Use 'ipfs bitswap stat --help' for information about this command" ipfs bitswap stat
END

# spec: delegation.stream-error
check 'an error in the middle comes after what was there' <<'END'
root=$(ipfs add -rQ --pin=false tree)
gone=$(ipfs add -nQ tree/sub/b)
ipfs pin rm "$root" || :
ipfs block rm "$gone"
rc=0
ipfs refs -r "$root" > out.txt 2> err.txt || rc=$?
is "$rc" 1
[ -s out.txt ]
has "$(cat err.txt)" 'Error: '
rc=0
ipfs cat "$root/a" "$root/sub/b" > out.txt 2> err.txt || rc=$?
is "$rc" 1
END

# spec: delegation.upload-fails
check 'a file that cannot be sent stops the command' <<'END'
mkdir -p broken
echo x > broken/a
mkfifo broken/pipe
fails_with 'unrecognized file type for broken/pipe' ipfs add -r broken
END

# spec: delegation.stale-api-file
check 'when the daemon is gone, commands run by themselves' <<'END'
cp "$IPFS_PATH/api" api
kill "$(cat daemon.pid)"
for _ in $(seq 200); do kill -0 "$(cat daemon.pid)" || break; sleep 0.05; done
[ ! -e "$IPFS_PATH/api" ]
cp api "$IPFS_PATH/api"
prints one ipfs cat "$(ipfs add -Q tree/a)"
fails_with 'cannot connect to the api. Is the daemon running?' ipfs --api "$(cat api)" id
cp api "$IPFS_PATH/api"
mv "$IPFS_PATH/config" config
fails_with 'cannot connect to the api. Is the daemon running?' ipfs id
END

kill "$(cat daemon.pid 2>/dev/null)" 2>/dev/null
finish
