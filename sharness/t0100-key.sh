#!/usr/bin/env bash
about='ipfs key'
. "$(dirname "$0")/lib.sh"
repo
# A throw-away ed25519 key (the bytes 0 to 31 as its seed) in the binary libp2p form.
echo CAESQAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg= |
  base64 -d > seed.key

# spec: key-commands.kinds, key-commands.gen
check 'gen makes keys of every type' <<'END'
[[ $(ipfs key gen ed) =~ ^k51[a-z0-9]{59}$ ]]
[[ $(ipfs key gen --type=rsa --size=2048 rsa) =~ ^k2k4r8[a-z0-9]{50}$ ]]
[[ $(ipfs key gen --type=secp256k1 secp) =~ ^kzwfw[a-z0-9]+$ ]]
[[ $(ipfs key gen --ipns-base=base32 b32) =~ ^bafzaa[a-z2-7]+$ ]]
[[ $(ipfs key gen --ipns-base=b58mh b58) =~ ^12D3KooW ]]
END

# spec: key-commands.ls
check 'list' <<'END'
prints 'self
b32
b58
ed
rsa
secp' ipfs key list
prints 'self
b32
b58
ed
rsa
secp' ipfs key ls
is "$(ipfs key list -l | awk '{ print $2 }' | tr '\n' ' ')" 'self b32 b58 ed rsa secp '
[[ $(ipfs key list -l --ipns-base=b58mh | head -n 1) =~ ^12D3KooW ]]
END

check 'gen refuses bad names, types and sizes' <<'END'
fails "Error: key with name 'ed' already exists" ipfs key gen ed
fails "Error: cannot create key with name 'self'" ipfs key gen self
fails 'Error: unrecognized key type: wat' ipfs key gen --type=wat x
fails 'Error: rsa keys must be >= 2048 bits to be useful' ipfs key gen --type=rsa --size=1024 x
fails 'Error: invalid key size 100: ed25519 keys are always 256 bits' ipfs key gen --size=100 x
fails 'Error: key name must be at least one character' ipfs key gen ''
ipfs key gen a/b > out
ipfs key rm a/b > out
fails_with 'argument "name" is required' ipfs key gen
END

# spec: key-commands.import
check 'import of a binary key' <<'END'
prints k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260 ipfs key import seed seed.key
has "$(ipfs key list -l --ipns-base=b58mh | tr -s " ")" '12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB seed'
fails "Error: key with name 'seed' already exists" ipfs key import seed seed.key
fails "Error: cannot import key with name 'self'" ipfs key import self seed.key
echo garbage > garbage
fails 'Error: unable to unmarshall format=libp2p-protobuf-cleartext: proto: cannot parse invalid wire-format data' ipfs key import bad garbage
fails 'Error: lstat absent: no such file or directory' ipfs key import bad absent
END

check 'keystore files have the name in base32 and mode 400' <<'END'
prints 'key_mi2tq
key_mizte
key_mvsa
key_ojzwc
key_onswg4a
key_onswkza' ls "$IPFS_PATH/keystore"
is "$(mode "$IPFS_PATH/keystore/key_onswkza")" 400
cmp "$IPFS_PATH/keystore/key_onswkza" seed.key
END

# spec: key-commands.export
check 'export gives the same bytes' <<'END'
ipfs key export seed > out
same seed.key seed.key
cmp seed.key seed.key
ipfs key export -o other.key seed > out
cmp seed.key other.key
fails "Error: key with name 'none' doesn't exist" ipfs key export none
fails "Error: cannot export key with name 'self'" ipfs key export self
END

# spec: key-commands.export-mode
check 'an exported key is readable by the owner alone' <<'END'
is "$(mode other.key)" 600
END

check 'PEM out and in' <<'END'
ipfs key export --format=pem-pkcs8-cleartext -o seed.pem seed > out
is "$(cat seed.pem)" '-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
-----END PRIVATE KEY-----'
ipfs key rm seed > out
prints k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260 ipfs key import --format=pem-pkcs8-cleartext seed seed.pem
ipfs key export -o again.key seed > out
cmp again.key other.key
ipfs key export --format=pem-pkcs8-cleartext -o rsa.pem rsa > out
prints "$(ipfs key list -l | awk '$2 == "rsa" { print $1 }')" \
  ipfs key import --format=pem-pkcs8-cleartext rsa2 rsa.pem
fails 'Error: unrecognized export format: wat' ipfs key export --format=wat -o x seed
fails_with 'PEM block not found in input data' ipfs key import --format=pem-pkcs8-cleartext bad garbage
END

# spec: key-commands.rename
check 'rename' <<'END'
prints 'Key k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260 renamed to grown' ipfs key rename seed grown
has "$(ipfs key list)" grown
fails 'Error: no key named none was found' ipfs key rename none x
fails 'Error: key by that name already exists, refusing to overwrite' ipfs key rename grown ed
fails "Error: cannot rename key with name 'self'" ipfs key rename self x
fails "Error: cannot overwrite key with name 'self'" ipfs key rename grown self
prints 'Key k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260 renamed to b32 with overwriting' ipfs key rename --force grown b32
prints 'Key k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260 renamed to seed' ipfs key rename b32 seed
prints '{"Was":"seed","Now":"seed","Id":"k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260","Overwrite":false}' ipfs key rename --enc=json seed seed
END

# spec: key-commands.rm
check 'rm' <<'END'
prints rsa2 ipfs key rm rsa2
[[ $(ipfs key rm -l b58) =~ ^k51[a-z0-9]+\ +b58 ]]
fails 'Error: no key named none was found' ipfs key rm none
fails "Error: cannot remove key with name 'self'" ipfs key rm self
END

# spec: key-commands.sign
check 'sign and verify' <<'END'
echo message > message
ipfs key sign --key=seed message > signed
is "$(cat signed)" '{"Key":{"Name":"seed","Id":"k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260"},"Signature":"utRatp7zRthzRg7lVQdtnAILzXkvzW08KYsk30u-uhVlKTgSojjR-9EHNPFmEbKUVlqkr6vpMDRhAFtApcW5IBg"}'
signature=$(sed -n 's/.*Signature: //p;s/^\(u[A-Za-z0-9_-]*\)$/\1/p' signed | head -n 1)
prints '{"Key":{"Name":"seed","Id":"k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260"},"Signature":"utRatp7zRthzRg7lVQdtnAILzXkvzW08KYsk30u-uhVlKTgSojjR-9EHNPFmEbKUVlqkr6vpMDRhAFtApcW5IBg"}' ipfs key sign --key=seed --enc=json message
END

# spec: key-commands.verify, key.signatures
check 'verify says whether it holds' <<'END'
signature=$(ipfs key sign --key=seed --enc=json message | sed 's/.*"Signature":"\([^"]*\)".*/\1/')
prints '{"Key":{"Name":"seed","Id":"k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260"},"SignatureValid":true}' ipfs key verify --key=seed --signature="$signature" message
echo other > other
prints '{"Key":{"Name":"seed","Id":"k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260"},"SignatureValid":false}' ipfs key verify --key=seed --signature="$signature" other
fails 'Error: selected encoding not supported' ipfs key verify --key=seed --signature=wat message
fails 'Error: no key by the given name was found' ipfs key sign --key=none message
END

# spec: key-commands.rotate
check 'rotate replaces the identity and keeps the old key' <<'END'
before=$(ipfs config Identity.PeerID)
ipfs key rotate --oldkey=old > out
after=$(ipfs config Identity.PeerID)
[ "$before" != "$after" ]
has "$(ipfs key list -l --ipns-base=b58mh | tr -s " ")" "$before old"
has "$(ipfs key list -l --ipns-base=b58mh | tr -s " ")" "$after self"
fails 'Error: saving old key in keystore (key by that name already exists, refusing to overwrite)' ipfs key rotate --oldkey=old
fails_with 'keystore name for backing up' ipfs key rotate
END

check '--enc=json' <<'END'
prints '{"Name":"again","Id":"k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260"}' ipfs key import --enc=json again other.key
is "$(ipfs key list --enc=json | grep -o '"Name":"[a-z]*"' | tr '\n' ' ')" '"Name":"self" "Name":"again" "Name":"ed" "Name":"old" "Name":"rsa" "Name":"secp" "Name":"seed" '
prints '{"Keys":[{"Name":"again","Id":"k51qzi5uqu5dg9ufswxt229ntzdy7p4125xzv5rtyjso89ajdujg6csfxcj260"}]}' ipfs key rm --enc=json again
END

check 'private keys show up nowhere' <<'END'
lacks "$(ipfs key list -l)" CAES
lacks "$(ipfs config show)" CAES
END

finish
