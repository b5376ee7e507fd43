#!/usr/bin/env bash
about='ipfs multibase'
. "${0%/*}/lib.sh"

# spec: multibase-commands.encode
check 'encode' <<'END'
printf hello > f
prints uaGVsbG8 ipfs multibase encode f
prints f68656c6c6f ipfs multibase encode -b base16 f
rc=0
ipfs multibase encode -b zz f 2> stderr || rc=$?
is $rc 1
is "$(cat stderr)" 'Error: unsupported multibase encoding: zz'
END

# spec: multibase-commands.decode
check 'decode' <<'END'
printf uaGVsbG8 > text
prints hello ipfs multibase decode text
rc=0
printf '' | ipfs multibase decode 2> stderr || rc=$?
is $rc 1
is "$(cat stderr)" 'Error: failed to decode multibase: cannot decode multibase for zero length string'
END

# spec: multibase-commands.transcode
check 'transcode' <<'END'
prints f68656c6c6f ipfs multibase transcode -b base16 text
prints uaGVsbG8 ipfs multibase transcode text
END

# spec: multibase-commands.list
check 'list' <<'END'
prints "$(ipfs cid bases --prefix)" ipfs multibase list --prefix
END

finish
