#!/usr/bin/env bash
about='ipfs crypt (beyond the reference)'
. "$(dirname "$0")/lib.sh"
repo
gen a 100000 > plain

needs crypt sign
# spec: crypt-commands.sign, crypt-commands.verify
check 'sign and verify' <<'END'
ipfs key gen mine > out
ipfs crypt sign -k mine -o signature plain > out
ipfs crypt verify -k mine plain signature
echo other > other
rc=0
ipfs crypt verify -k mine other signature 2> err || rc=$?
is $rc 1
END

needs crypt encrypt
# spec: crypt-commands.encrypt, crypt-commands.decrypt
check 'encrypt and decrypt' <<'END'
ipfs crypt encrypt -k mine -o secret plain > out
lacks "$(head -c 4000 secret | tr -d '\0')" 'a 000000000001'
ipfs crypt decrypt -k mine -o opened secret > out
same plain opened
END

# spec: crypt-commands.whole-or-nothing
check 'a changed byte is noticed' <<'END'
head -c 50000 secret > bent
printf '\x55' >> bent
tail -c +50002 secret >> bent
rc=0
ipfs crypt decrypt -k mine -o bad bent > out 2> err || rc=$?
is $rc 1
[ ! -e bad ]
END

# spec: crypt.truncation
check 'a truncated message is noticed' <<'END'
head -c 60000 secret > cut
rc=0
ipfs crypt decrypt -k mine -o bad2 cut > out 2> err || rc=$?
is $rc 1
END

check 'another key does not open it' <<'END'
ipfs key gen other > out
rc=0
ipfs crypt decrypt -k other -o bad3 secret > out 2> err || rc=$?
is $rc 1
END

finish
