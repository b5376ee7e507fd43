#!/usr/bin/env bash
about='repo versions, the lock and the api file'
. "$(dirname "$0")/lib.sh"
repo

# spec: repo-commands.version
check 'repo version' <<'END'
prints 'ipfs repo version fs-repo@18' ipfs repo version
prints 'fs-repo@18' ipfs repo version --quiet
prints '{"Version":"18"}' ipfs repo version --enc=json
END

check 'a repo of a newer version is refused' <<'END'
echo 99 > "$IPFS_PATH/version"
fails_with 'Error: Your programs version (18) is lower than your repos (99).
Please update ipfs to a version that supports the existing repo, or run
a migration in reverse.

See https://github.com/ipfs/fs-repo-migrations/blob/master/run.md for details.' ipfs pin ls
echo 18 > "$IPFS_PATH/version"
END

check 'a repo of an older version asks for a migration' <<'END'
echo 12 > "$IPFS_PATH/version"
fails_with 'Error: ipfs repo needs migration, please run migration tool.
See https://github.com/ipfs/fs-repo-migrations/blob/master/run.md
Sorry for the inconvenience. In the future, these will run automatically.' ipfs pin ls
echo 18 > "$IPFS_PATH/version"
END

check 'a version that is no number' <<'END'
echo x > "$IPFS_PATH/version"
trap 'echo 18 > "$IPFS_PATH/version"' EXIT
fails_with 'invalid data in repo' ipfs pin ls
END

# Holds the lock of a repo for a while, in a command that waits for its standard input.
holder() {
  rm -f pipe
  mkfifo pipe
  IPFS_WAIT_REPO_LOCK=10s ipfs add -q < pipe > held &
  exec 8> pipe
  for _ in $(seq 50); do
    ipfs pin ls > /dev/null 2>&1 || return 0
    sleep 0.1
  done
  return 1
}

check 'the lock file has no bytes' <<'END'
holder
is "$(size "$IPFS_PATH/repo.lock")" 0
exec 8>&-
wait
rm pipe
END

# spec: lock.record-lock
check 'a second command is excluded and says why' <<'END'
holder
fails_with 'lock ' ipfs pin ls
fails_with 'repo.lock' ipfs pin ls
echo data >&8
exec 8>&-
wait
rm pipe
has "$(cat held)" Qm
ipfs pin ls > /dev/null
END

# spec: cli.repo-lock-wait
check 'IPFS_WAIT_REPO_LOCK waits for the lock' <<'END'
holder
(sleep 1; exec 8>&-) &
exec 8>&-
IPFS_WAIT_REPO_LOCK=20s ipfs pin ls > /dev/null
wait
rm pipe
END

check 'a stale api file is no obstacle' <<'END'
echo /ip4/127.0.0.1/tcp/9 > "$IPFS_PATH/api"
ipfs pin ls > /dev/null
END

check 'an api file with nonsense is an error' <<'END'
echo nonsense > "$IPFS_PATH/api"
rc=0
ipfs pin ls 2> err || rc=$?
is $rc 1
rm -f "$IPFS_PATH/api"
END

check '--api of an address where nobody listens' <<'END'
fails_with 'Error: cannot connect to the api. Is the daemon running? To run as a standalone CLI command remove the api file in `$IPFS_PATH/api`' ipfs --api /ip4/127.0.0.1/tcp/9 pin ls
END

check 'a missing datastore_spec or a changed one' <<'END'
cp "$IPFS_PATH/datastore_spec" spec
echo '{"type":"other"}' > "$IPFS_PATH/datastore_spec"
fails_with 'Error: datastore configuration of '\''{"type":"other"}'\'' does not match what is on disk '\''{"mounts":[{"mountpoint":"/blocks","path":"blocks","shardFunc":"/repo/flatfs/shard/v1/next-to-last/2","type":"flatfs"},{"mountpoint":"/","path":"datastore","type":"levelds"}],"type":"mount"}'\''' ipfs pin ls
cp spec "$IPFS_PATH/datastore_spec"
ipfs pin ls > /dev/null
END

# spec: datastore.unknown-type
check 'an unknown datastore type is a clear error' <<'END'
cp "$IPFS_PATH/config" good
ipfs config --json Datastore.Spec '{"type":"wat"}'
fails_with 'Error: unknown datastore type: wat' ipfs pin ls
cp good "$IPFS_PATH/config"
END

finish
