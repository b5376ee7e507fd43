#!/usr/bin/env bash
about='encrypted keys: key gen --passphrase, key info, key show (beyond the reference)'
. "$(dirname "$0")/lib.sh"
repo
echo 'correct horse' > pass

needs key gen --passphrase
# spec: key-commands.gen-passphrase, key-commands.passphrase-source
check 'a key with a passphrase is encrypted on disk' <<'END'
[[ $(IPFS_KEY_PASSPHRASE_FILE=pass ipfs key gen --passphrase locked) =~ ^k51 ]]
lacks "$(base64 -w 0 "$IPFS_PATH"/keystore/key_nrxwg23fmq)" CAES
has "$(ipfs key list)" locked
END

check 'a key without one is what the reference reads' <<'END'
ipfs key gen plain > out
is "$(head -c 4 "$IPFS_PATH/keystore/key_obwgc2lo" | od -An -tx1 | tr -d ' ')" 08011240
END

needs key info
# spec: key-commands.info
check 'key info tells type and whether it is encrypted' <<'END'
has "$(IPFS_KEY_PASSPHRASE_FILE=pass ipfs key info locked)" locked
has "$(ipfs key info plain | tr A-Z a-z)" ed25519
rc=0
ipfs key info none 2> err || rc=$?
is $rc 1
END

needs key show
# spec: key-commands.show
check 'key show does not print a private key unasked' <<'END'
rc=0
ipfs key show plain < /dev/null > out 2> err || rc=$?
lacks "$(cat out)" "$(base64 -w 0 "$IPFS_PATH/keystore/key_obwgc2lo")"
END

finish
