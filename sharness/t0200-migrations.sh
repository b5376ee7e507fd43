#!/usr/bin/env bash
# spec: programs.by-name programs.place programs.short-lines programs.json programs.dry-run
# spec: programs.status programs.install programs.upstream-flags programs.upstream-lines
# spec: framework.lock framework.lock-old-form framework.journal framework.version-bytes
# spec: framework.resume framework.undo framework.settle framework.clipped framework.refused
# spec: framework.half-done framework.never-overwritten
about='the programs that migrate a repository'
. "$(dirname "$0")/migrations.sh"

check 'upstream form: lines and result of one step' <<'END'
at 15 '{"Addresses": {"Swarm": ["/ip4/0.0.0.0/udp/1/quic-v1"]}}'
prints "applying 15-to-16 repo migration
locking repo at \"$r\"
  - verifying version is '15'
> Upgrading config to new format
updated version file
Migration 15 to 16 succeeded" fs-repo-15-to-16 -path="$r" -verbose=true
is "$(cat "$r/version")" 16
[ "$(stat -c %s "$r/version")" = 3 ]
[ "$(stat -c %a "$r/config")" = 600 ]
[ ! -e "$r/repo.lock" ] && [ ! -e "$r/migration.journal" ]
prints 'reverting migration
lowered version number to 15' fs-repo-15-to-16 -path "$r" --verbose -revert
is "$(cat "$r/config")" '{"Addresses": {"Swarm": ["/ip4/0.0.0.0/udp/1/quic-v1"]}}'
is "$(ls "$r")" "$(printf 'config\nversion')"
END

check 'upstream form: flags' <<'END'
at 15 '{}'
fails_status 2 fs-repo-15-to-16 -zzz
is "$(head -n 2 "$trash/stderr")" 'flag provided but not defined: -zzz
Usage of fs-repo-15-to-16:'
fs-repo-15-to-16 -h 2>usage
grep -q 'file path to migrate for fs based migrations (required)' usage
fails_status 1 fs-repo-15-to-16 -verbose
is "$(tail -n 1 "$trash/stderr")" "error: missing or empty path; flag '-path <ipfs_path>' is required"
fails_status 1 fs-repo-15-to-16 -path="$r" -no-revert
is "$(cat "$trash/stderr")" "error: migration 15-to-16 does not support the '-no-revert' option"
fails_status 1 fs-repo-16-to-17
is "$(head -n 1 "$trash/stderr")" 'Error: -path flag is required'
is "$(cat "$r/version")" 15
END

check 'upstream form: another version is refused' <<'END'
at 9 '{}'
fails 'error: versions differ (expected: 15, actual:9)' fs-repo-15-to-16 -path="$r"
fails 'Migration failed: expected version 16, got 9' fs-repo-16-to-17 -path="$r"
rm "$r/version"
fails "error: no version file in repo at $r" fs-repo-15-to-16 -path="$r"
END

check 'version 17 and 18 have no newline' <<'END'
at 16 '{}'
fs-repo-16-to-17 -path="$r" >out
is "$(cat out)" ''
is "$(od -An -c "$r/version" | tr -d ' ')" 17
fs-repo-16-to-17 -path="$r" -revert
is "$(od -An -c "$r/version" | tr -d ' ')" 16
END

check 'short form: lines' <<'END'
at 15 '{}'
prints 'repository version: 15
applying patch: 15-to-16
repository version: 16' 15-to-16 --path "$r"
prints 'repository version: 16
already up to date.' 15-to-16 --path "$r"
prints 'repository version: 16
applying patch: 16-to-15
repository version: 15' 15-to-16 --revert --path "$r"
prints 'repository version: 15
already up to date.' 15-to-16 --revert --path "$r"
END

check 'short form: the repository is --path, IPFS_PATH or ~/.ipfs' <<'END'
at 15 '{}'
IPFS_PATH=$r prints 'repository version: 15
already up to date.' 14-to-15
mkdir home; cp -r "$r" home/.ipfs
unset IPFS_PATH
HOME=$PWD/home prints 'repository version: 15
already up to date.' 14-to-15
fails_status 1 14-to-15 --path nowhere
grep -q 'error: nowhere is no repository' "$trash/stderr"
fails_status 2 14-to-15 --zzz
END

check 'a range is clipped to what is needed' <<'END'
at 14 '{}'
prints 'repository version: 14
applying patch: 14-to-15
applying patch: 15-to-16
repository version: 16' run 12-to-16 --path "$r"
prints 'repository version: 16
applying patch: 16-to-15
applying patch: 15-to-14
repository version: 14' run 18-to-14 --path "$r"
fails 'error: repository version 14 is not between 15 and 17: run 14-to-15 first' run 15-to-17 --path "$r"
fails_status 1 run 14-to-99 --path "$r"
fails_status 2 run nonsense --path "$r"
is "$(cat "$r/version")" 14
END

check 'JSON, dry run, status, list' <<'END'
at 15 '{}'
prints '{"event":"version","version":15}
{"event":"applying","patch":"15-to-16"}
{"event":"version","version":16}' 15-to-16 --json --path "$r"
before=$(cat "$r"/*)
16-to-17 --dry-run --path "$r" >out
grep -q '^would apply patch: 16-to-17' out && grep -q 'free space needed: [0-9]* bytes' out
16-to-17 --dry-run --json --path "$r" | grep -q '"event":"would-apply".*"bytesNeeded":'
is "$(cat "$r"/*)" "$before"
repo-migrations status --path "$r" >out
grep -qx 'repository version: 16' out && grep -qx 'newest version: 18' out
repo-migrations list | grep -q '^17-to-18 '
fails_status 1 16-to-17 --json --path nowhere
grep -q '"event":"error"' "$trash/stdout"
END

check 'a dry run tells of all steps and leaves everything as it is' <<'END'
at 14 '{"Bootstrap": []}'
touch -d @1000000000 "$r"/* "$r"
before=$(cd "$r" && stat -c '%n %s %Y' . * && cat *)
run 14-to-18 --dry-run --path "$r" >out
is "$(grep -c '^would apply patch: ' out) $(grep -c 'free space needed: at most [0-9]* bytes' out)" '4 4'
grep -q '^together: free space needed: at most [0-9]* bytes' out
is "$(run 14-to-18 --dry-run --json --path "$r" | grep -c '"estimated":true')" 3
is "$(cd "$r" && stat -c '%n %s %Y' . * && cat *)" "$before"
END

check 'install makes all names' <<'END'
repo-migrations install there
for name in run 16-to-17 fs-repo-16-to-17 repo-migrations; do [ -x "there/$name" ]; done
at 16 '{}'
there/fs-repo-16-to-17 -path="$r"
is "$(cat "$r/version")" 17
repo-migrations install there
END

check 'a held lock, and one of a dead process' <<'END'
at 15 '{}'
python3 - "$r/repo.lock" <<'PY' &
import fcntl, sys, time
lock = open(sys.argv[1], 'w')
fcntl.lockf(lock, fcntl.LOCK_EX)
open(sys.argv[1] + '.held', 'w').close()
time.sleep(20)
PY
holder=$!
until [ -e "$r/repo.lock.held" ]; do :; done
fails "error: failed to acquire repo lock at $r/repo.lock
Is a daemon running? please stop it before running migration" fs-repo-15-to-16 -path="$r"
kill $holder; wait $holder || true
rm -f "$r/repo.lock" "$r/repo.lock.held"
sh -c 'echo "{\"OwnerPID\":$$}"' > "$r/repo.lock"
fs-repo-15-to-16 -path="$r"
is "$(ls "$r")" "$(printf 'config\nconfig.15-to-16.bak\nversion')"
echo "{\"OwnerPID\":$$}" > "$r/repo.lock"
fails_status 1 fs-repo-15-to-16 -path="$r" -revert
END

check 'an interrupted step is completed by the same command' <<'END'
at 15 '{"a": 1}'
echo '{"step":"15-to-16","revert":false,"phase":""}' > "$r/migration.journal"
cp "$r/config" "$r/config.15-to-16.bak"
fails_with '15-to-16 was interrupted here' 14-to-15 --revert --path "$r"
repo-migrations status --path "$r" | grep -qx 'interrupted: 15-to-16'
15-to-16 --path "$r" >out
is "$(tail -n 1 out)" 'repository version: 16'
[ ! -e "$r/migration.journal" ]
END

check 'an interrupted step is taken back by its opposite' <<'END'
at 15 '{"a": 1}'
echo '{"step":"15-to-16","revert":false,"phase":""}' > "$r/migration.journal"
cp "$r/config" "$r/config.15-to-16.bak"
printf '{\n  "a": 1\n}\n' > "$r/config"
15-to-16 --revert --path "$r"
is "$(cat "$r/version")" 15
is "$(cat "$r/config")" '{"a": 1}'
is "$(ls "$r")" "$(printf 'config\nversion')"
END

check 'a run over a range completes what was interrupted' <<'END'
at 15 '{"a": 1}'
echo '{"step":"15-to-16","revert":false,"phase":""}' > "$r/migration.journal"
run 15-to-18 --path "$r" >out
is "$(tail -n 1 out)" 'repository version: 18'
at 16 '{"a": 1}'
cp "$r/config" "$r/config.15-to-16.bak"
echo '{"step":"15-to-16","revert":true,"phase":""}' > "$r/migration.journal"
run 15-to-16 --path "$r" >out
is "$(tail -n 1 out)" 'repository version: 16'
END

check 'a backup is never overwritten' <<'END'
at 15 '{"a": 1}'
echo '{"other": 1}' > "$r/config.15-to-16.bak"
15-to-16 --path "$r" 2>notes
grep -q "^note: kept $r/config.15-to-16.bak as $r/config.15-to-16.bak.1" notes
is "$(cat "$r/config.15-to-16.bak.1")" '{"other": 1}'
is "$(cat "$r/config.15-to-16.bak")" '{"a": 1}'
END

check 'what cannot be migrated is refused with advice' <<'END'
at 15 '{}'
echo 4 > "$r/revert-phase"
fails_with 'revert was interrupted in phase 4' 15-to-16 --path "$r"
rm "$r/revert-phase"
echo 99 > "$r/version"
fails_with 'repository version 99 is newer than 18' run 1-to-18 --path "$r"
echo 19 > "$r/version"
fails_with 'repository version 19 is newer than 18' 17-to-18 --path "$r"
fails_with 'repository version 19 is newer than 18' 17-to-18 --revert --path "$r"
fails_with 'repository version 19 is newer than 18' 1-to-2 --path "$r"
is "$(cat "$r/version")" 19
: > "$r/version"
fails_with 'is not a version' 15-to-16 --path "$r"
echo fs-repo/15 > "$r/version"
15-to-16 --path "$r"
is "$(cat "$r/version")" 16
END

# spec: 0-to-1.revert, 1-to-2.last-component, 1-to-2.found-after-rename
check '0-to-1 and 1-to-2: the version file, and the name of the directory' <<'END'
at 1 '{}'
mkdir "$r/datastore"
0-to-1 --revert --path "$r" >out
is "$(tail -n 1 out) $(ls "$r")" "repository version: 0 $(printf 'config\ndatastore')"
0-to-1 --path "$r" >out
1-to-2 --path "$r" >out
is "$(cat "$r/version")" 2
1-to-2 --revert --path "$r" >out
mv "$r" .go-ipfs
1-to-2 --path "$PWD/.go-ipfs" >out
is "$(cat .ipfs/version)" 2
prints 'repository version: 2
already up to date.' 1-to-2 --path "$PWD/.go-ipfs"
1-to-2 --revert --path "$PWD/.ipfs" >out
is "$(cat .go-ipfs/version)" 1
mkdir .ipfs && touch .ipfs/other
fails_with 'file exists' 1-to-2 --path "$PWD/.go-ipfs"
is "$(cat .go-ipfs/version) $(ls .ipfs)" '1 other'
END

# spec: 4-to-5.gathers, 4-to-5.readme, 4-to-5.temporary-emptied, blocks.unknown-kept
check '4-to-5: what upstream left in two directories, and what is no block' <<'END'
at 4 '{}'
a=CIQFTFEEHEDF6KLBT32BFAGLXEZL4UWFNWM4LFTLMXQBCERZ6CMLX3Y.data
b=CIQFTFEEHEDF6KLBT32BFAGLXEZL4UWFNWM4LFTLMXQBCERZ6CMLX4Y.data
mkdir -p "$r/blocks-v4/CIQFT" "$r/blocks-v5/X4"
echo one > "$r/blocks-v4/CIQFT/$a"
echo two > "$r/blocks-v5/X4/$b"
4-to-5 --path "$r" >out 2>notes
is "$(cat "$r/blocks/X3/$a" "$r/blocks/X4/$b")" "$(printf 'one\ntwo')"
is "$(ls "$r")" "$(printf 'blocks\nconfig\nversion')"
is "$(stat -c %a "$r/blocks/_README")" 444
grep -q "$a" "$r/blocks/_README" && grep -q 'X3$' "$r/blocks/_README"
mkdir -p "$r/blocks/.temp"
touch "$r/blocks/.temp/put-1" "$r/blocks/X3/notes.txt"
4-to-5 --revert --path "$r" >out 2>notes
grep -q 'kept in .*: X3/notes.txt$' notes
is "$(cd "$r/blocks" && find . -type f | LC_ALL=C sort)" "./CIQFT/$a
./CIQFT/$b
./X3/notes.txt"
END

finish
