#!/usr/bin/env bash
about='ipfs diag, ipfs log'
. "$(dirname "$0")/lib.sh"
repo

check 'diag datastore' <<'END'
prints @@ ipfs diag datastore get /local/filesroot --hex
prints @@ ipfs diag datastore count /pins/pin
prints @@ ipfs diag datastore count /
prints '' ipfs diag datastore put /mine/key value
prints value ipfs diag datastore get /mine/key
prints @@ ipfs diag datastore count /mine
fails @@ ipfs diag datastore get /none
END

check 'diag sys is an object about this machine' <<'END'
ipfs diag sys > sys
is "$(head -c 1 sys)" '{'
for part in '"environment"' '"ipfs_version"' '"diskinfo"' '"memory"' '"net"'; do
  has "$(cat sys)" "$part"
done
END

check 'diag cmds without a daemon' <<'END'
fails_with @@ ipfs diag cmds
END

check 'diag profile writes an archive' <<'END'
ipfs diag profile --profile-time=0 --collectors=version -o profile.zip > out
is "$(head -c 2 profile.zip)" PK
END

check 'log without a daemon' <<'END'
ipfs log ls > out 2>&1 || true
fails_with @@ ipfs log level wat wat
END

finish
