#!/usr/bin/env bash
about='forms of results: --enc and --cid-base'
. "${0%/*}/lib.sh"

# spec: encoding.unknown
check 'unknown encodings are refused' <<'END'
rc=0
ipfs version --enc=zz 2> stderr || rc=$?
is $rc 1
is "$(cat stderr)" 'Error: invalid encoding: zz'
END

# spec: encoding.json-lines, encoding.json-escapes
check 'JSON is one line with escapes' <<'END'
ipfs cid inspect --enc=json 'a<b&c' > json
is "$(wc -l < json)" 1
grep -qF '"cid":"a\u003cb\u0026c"' json
END

# spec: encoding.xml
check 'XML has an element per field' <<'END'
ipfs version --enc=xml | grep -q '^<VersionInfo><Version>[^<]*</Version><Commit>'
END

# spec: encoding.textnl
check 'textnl prints fields in braces' <<'END'
[[ $(ipfs version --enc=textnl) =~ ^\&\{[0-9.]+.*\ 18\ .*\}$ ]]
END

# spec: encoding.text-falls-back-to-json
check 'without a text form text is JSON' <<'END'
repo
ipfs key gen k
is "$(echo x | ipfs key sign -k k)" "$(echo x | ipfs key sign -k k --enc=json)"
END

# spec: encoding.post-processed
check 'post-processed commands keep their human form' <<'END'
prints bafkqaaa ipfs cid base32 --enc=json bafkqaaa
END

# spec: cid-output.default, cid-output.other-base-upgrades
check '--cid-base' <<'END'
echo hello > f
v0=$(ipfs add -q f)
v1=$(ipfs cid base32 "$v0")
[[ $v0 = Qm* ]]
prints "$v1" ipfs add -q --cid-base=base32 f
prints "$v0" ipfs add -q --cid-base=base58btc f
prints "$(ipfs cid format -b base16 "$v0")" ipfs add -q --cid-base=f f
prints "$(ipfs cid format -b base58btc "$v1")" ipfs add -q --cid-version=1 --raw-leaves=false --cid-base=base58btc f
END

# spec: cid-output.upgrade-flag-wins
check '--upgrade-cidv0-in-output' <<'END'
v0=$(ipfs add -q f)
prints "$(ipfs cid base32 "$v0")" ipfs add -q --upgrade-cidv0-in-output f
prints "$v0" ipfs add -q --cid-base=base32 --upgrade-cidv0-in-output=false f
END

# spec: cid-output.unknown-base
check 'an unknown base is refused' <<'END'
rc=0
ipfs add -q --cid-base=zz f 2> stderr || rc=$?
is $rc 1
grep -qx 'Error: unsupported multibase encoding: zz' stderr
END

# spec: cid-output.base-from-path
check 'a path gives its base' <<'END'
b16=$(ipfs cid format -b base16 "$(ipfs add -q --cid-version=1 f)")
prints "/ipfs/$b16" ipfs resolve "/ipfs/$b16"
END

finish
