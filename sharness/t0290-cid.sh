#!/usr/bin/env bash
about='ipfs cid'
. "${0%/*}/lib.sh"

v0=QmQPeNsJPyVWPFDVHb77w8G42Fvo15z4bG2X8D2GhfbSXc
v1=bafybeia6po64b6tfqq73lckadrhpihg2oubaxgqaoushquhcek46y3zumm

# refused TEXT COMMAND...
refused() {
  local text=$1 rc=0
  shift
  "$@" > stdout 2> stderr || rc=$?
  is "$rc" 1
  is "$(head -n 1 stderr)" "$text"
}

# spec: cid-commands.format-options
check 'format converts and prints' <<'END'
prints $v1 ipfs cid format -b base32 $v0
prints $v0 ipfs cid format -v 0 $v1
prints 'cidv1-dag-pb-sha2-256-32 base32 b cidv1 1 dag-pb 112 sha2-256 18 32 %' \
  ipfs cid format -f '%P %b %B %v %V %c %C %h %H %L %%' $v1
prints raw ipfs cid format -f %c --mc raw $v1
refused 'Error: invalid format string: "x"' ipfs cid format -f x $v0
refused 'Error: unrecognized specifier in format string: %z' ipfs cid format -f %z $v0
refused 'Error: cannot convert to CIDv0 with any codec other than dag-pb' ipfs cid format -v 0 --mc raw $v1
refused 'Error: cannot convert to CIDv0 with any multibase other than the implicit base58btc' \
  ipfs cid format -v 0 -b base32 $v1
refused 'Error: invalid cid version: "2"' ipfs cid format -v 2 $v1
END

# spec: cid-commands.base32, cid-commands.bad-input-goes-on
check 'base32, and bad input between good' <<'END'
prints $v1 ipfs cid base32 $v0
rc=0
printf '%s\nbad\n%s\n' $v0 $v1 | ipfs cid base32 > stdout 2> stderr || rc=$?
is $rc 1
is "$(cat stdout)" "$(printf '%s\n%s' $v1 $v1)"
grep -q '^bad: ' stderr
is "$(tail -n 1 stderr)" 'Error: errors while displaying some entries'
END

# spec: cid-commands.inspect
check 'inspect' <<'END'
ipfs cid inspect $v0 > text
cat > wanted <<EOF
CID:        $v0
Version:    0
Multibase:  base58btc (implicit)
Multicodec: dag-pb (0x70, implicit)
Multihash:  sha2-256 (0x12, implicit)
  Length:   32 bytes
  Digest:   1e7bbdc0fa65843fb589401c4ef41cda75020b9a0075247850e222b9ec6f3463
CIDv0:      $v0
CIDv1:      $v1
EOF
cmp text wanted
ipfs cid inspect bafkqaaa | grep -qx 'CIDv0:      not possible, requires dag-pb (0x70), got raw (0x55)'
END

# spec: cid-commands.inspect-peer-id
check 'inspect of a peer ID names its CID' <<'END'
refused_peer=$(ipfs cid inspect 12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5 2>&1) && false
has "$refused_peer" 'Note: the value is a PeerID; inspect its CID representation instead:'
has "$refused_peer" '  k51qzi5uqu5'
END

# spec: cid-commands.bases
check 'bases' <<'END'
is "$(ipfs cid bases --prefix --numeric | head -n 3)" "$(printf '        0  identity\n0      48  base2\nb      98  base32')"
is "$(ipfs cid bases | wc -l)" 21
END

# spec: cid-commands.codecs, cid-commands.hashes
check 'codecs and hashes' <<'END'
ipfs cid codecs -n | grep -qx '  112  dag-pb'
ipfs cid codecs -s | grep -qx dag-cbor
ipfs cid hashes -n | grep -qx '   18  sha2-256'
! ipfs cid hashes | grep -qx md5
END

finish
