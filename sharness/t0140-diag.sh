#!/usr/bin/env bash
about='ipfs diag, ipfs log'
. "$(dirname "$0")/lib.sh"
repo

# spec: diag.datastore-get, diag.datastore-get-text, diag.datastore-count, diag.datastore-put
check 'diag datastore' <<'END'
ipfs files mkdir /made
prints 'Key: /local/filesroot
Hex Dump:
00000000  12 20 d2 a8 6c 93 17 7a  4b ec 83 aa 22 d3 9d 05  |. ..l..zK..."...|
00000010  01 76 43 1a 00 b0 e3 73  b8 71 ec de 29 55 a1 b2  |.vC....s.q..)U..|
00000020  6f fb                                             |o.|' ipfs diag datastore get /local/filesroot --hex
prints 1 ipfs diag datastore count /pins/pin
prints 6 ipfs diag datastore count /
prints '' ipfs diag datastore put /mine/key value
prints value ipfs diag datastore get /mine/key
prints 1 ipfs diag datastore count /mine
fails 'Error: key not found: /none' ipfs diag datastore get /none
END

# spec: diag.sys
check 'diag sys is an object about this machine' <<'END'
ipfs diag sys > sys
is "$(head -c 1 sys)" '{'
for part in '"environment"' '"ipfs_version"' '"diskinfo"' '"memory"' '"net"'; do
  has "$(cat sys)" "$part"
done
END

check 'diag cmds without a daemon' <<'END'
fails_with 'Error: command must be run on the daemon: [diag cmds]' ipfs diag cmds
END

check 'diag profile without a daemon' <<'END'
fails_with 'Error: command must be run on the daemon: [diag profile]' ipfs diag profile
END

# spec: diag.healthy, diag.cmds-clear, diag.cmds-set-time
check 'diag healthy, diag cmds clear and set-time' <<'END'
prints '"ok"' ipfs diag healthy
prints '' ipfs diag cmds clear
prints '' ipfs diag cmds set-time 1h30m
fails_with 'Error: time: invalid duration "nonsense"' ipfs diag cmds set-time nonsense
END

# spec: log.ls
check 'log without a daemon' <<'END'
ipfs log ls > out
LC_ALL=C sort out > sorted
diff sorted out
grep -q '^core/server$' out
fails_with 'Error: command must be run on the daemon: [log level]' ipfs log level wat wat
END

# spec: log.tail
check 'there is no log to follow without a daemon' <<'END'
fails_with 'Error: command must be run on the daemon: [log tail]' ipfs log tail
END

finish
