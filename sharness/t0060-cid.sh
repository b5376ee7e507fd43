#!/usr/bin/env bash
about='ipfs cid and multibase: no repo needed'
. "$(dirname "$0")/lib.sh"
v0=QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o
v1=bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby

check 'base32' <<'END'
prints $v1 ipfs cid base32 $v0
prints $v1 ipfs cid base32 $v1
is "$(echo $v0 | ipfs cid base32)" $v1
END

check 'format with fields' <<'END'
prints 'base58btc z cidv0 0 dag-pb 112 sha2-256 18 32 zQmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o z5mVHLmCG8SbMYNfLXU9Mjr7J4pDVZm1mbfLcYwqpTy1o 5mVHLmCG8SbMYNfLXU9Mjr7J4pDVZm1mbfLcYwqpTy1o QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o cidv0-dag-pb-sha2-256-32' ipfs cid format -f '%b %B %v %V %c %C %h %H %L %m %M %d %D %s %S %P' $v0
prints 'base32|b|cidv1|dag-pb|sha2-256|32|bciqenvcics44llyudq5kvn6alxc6qrhk2x4r6eufrmbb5osfo2fuydq|bi3keqffzywxrihb2vk34axof5bcovvpzd4jilcycd25ek5uljqha|bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby|afybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby|cidv1-dag-pb-sha2-256-32|%' ipfs cid format -f '%b|%B|%v|%c|%h|%L|%m|%d|%s|%S|%P|%%' $v1
fails 'Error: unrecognized specifier in format string: %x' ipfs cid format -f '%x' $v0
fails 'Error: premature end of format string' ipfs cid format -f 'no percent %' $v0
END

check 'format changes version, codec and base' <<'END'
prints zdj7WaCPMsy3FP2whSwpFXHjDEaTVmjnddYSn5W2Gdn4aEZFj ipfs cid format -v 1 $v0
prints QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o ipfs cid format -v 0 $v1
prints zdj7WaCPMsy3FP2whSwpFXHjDEaTVmjnddYSn5W2Gdn4aEZFj ipfs cid format -b base58btc $v1
prints uAXASIEbUSBS5xa8UHDqqt8BdxehE6tX5HxKFiwIeukV2i0wO ipfs cid format -b base64url -v 1 $v0
prints zb2rhbQmUW7RdAT2Aza4cKxYjnUbZHnnaY9VEU3f98h1QdqHX ipfs cid format --mc raw -v 1 $v0
prints zdj7WaCPMsy3FP2whSwpFXHjDEaTVmjnddYSn5W2Gdn4aEZFj ipfs cid format -b z -v 1 $v0
fails 'Error: cannot convert to CIDv0 with any codec other than dag-pb' ipfs cid format -v 0 --mc raw $v1
fails 'Error: invalid cid version: "2"' ipfs cid format -v 2 $v1
fails 'Error: unsupported multibase encoding: wat' ipfs cid format -b wat $v1
fails 'Error: unknown multicodec: "wat"' ipfs cid format --mc wat $v1
fails 'Error: cannot convert to CIDv0 with any multibase other than the implicit base58btc' ipfs cid format -b base32 -v 0 $v0
END

check 'format of several, from standard input, with bad ones between' <<'END'
printf '%s\nnonsense\n%s\n' $v0 $v1 > list
rc=0
ipfs cid base32 < list > out 2> err || rc=$?
is $rc 1
is "$(cat out)" 'bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby
bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby'
is "$(cat err)" 'nonsense: invalid cid: selected encoding not supported
Error: errors while displaying some entries'
END

check 'every base gives the same CID back' <<'END'
ipfs cid bases | while read -r base; do
  case $base in identity | base256emoji | proquint) continue ;; esac
  text=$(ipfs cid format -b $base $v1)
  prints $v1 ipfs cid format -b base32 -- "$text"
done
END

check 'bases' <<'END'
prints 'identity
base2
base32
base32upper
base32pad
base32padupper
base16
base16upper
base36
base36upper
base64
base64pad
base32hexpad
base32hexpadupper
base64url
base64urlpad
base32hex
base32hexupper
base58btc
base58flickr
base256emoji' ipfs cid bases
prints '   identity
0  base2
b  base32
B  base32upper
c  base32pad
C  base32padupper
f  base16
F  base16upper
k  base36
K  base36upper
m  base64
M  base64pad
t  base32hexpad
T  base32hexpadupper
u  base64url
U  base64urlpad
v  base32hex
V  base32hexupper
z  base58btc
Z  base58flickr
🚀  base256emoji' ipfs cid bases --prefix
prints '        0  identity
0      48  base2
b      98  base32
B      66  base32upper
c      99  base32pad
C      67  base32padupper
f     102  base16
F      70  base16upper
k     107  base36
K      75  base36upper
m     109  base64
M      77  base64pad
t     116  base32hexpad
T      84  base32hexpadupper
u     117  base64url
U      85  base64urlpad
v     118  base32hex
V      86  base32hexupper
z     122  base58btc
Z      90  base58flickr
🚀  128640  base256emoji' ipfs cid bases --numeric --prefix
is "$(ipfs cid bases --enc=json | tr '{' '\n' | sort | tr -d ',]\n' | sha256sum)" 'ce32538b28cd15727a518f0f4af449ae593b7894ad320ab5c2fe2a7788720956  -'
END

check 'codecs' <<'END'
is "$(ipfs cid codecs | sha256sum)" 'a2a4fdf6e060c811a5a90d227fbf72ce237010af2af3aa0eb9292ce6188439cf  -'
is "$(ipfs cid codecs --numeric | sha256sum)" 'e7c25eb02777ac8553ffb4906ccc39873af1c89825cf9813329cf4952affbf9a  -'
prints 'cbor
raw
dag-pb
dag-cbor
libp2p-key
git-raw
dag-jose
dag-json
json' ipfs cid codecs --supported
is "$(ipfs cid codecs --enc=json | tr '{' '\n' | sort | tr -d ',]\n' | sha256sum)" 'a1bbeab22acf0bccad8527563b58bc9b561b3934256d0490ed8453f23fbecb4a  -'
END

check 'hashes' <<'END'
is "$(ipfs cid hashes | sha256sum)" '03d077ca486084c04277cdb4845a0401a6cd37c004138b23eaa2897bc640f67c  -'
is "$(ipfs cid hashes --numeric | sha256sum)" '81d995aad9da2ffec13c769ec51fe54017103316151675153d2fdf682fb20054  -'
is "$(ipfs cid hashes --supported | sha256sum)" '03d077ca486084c04277cdb4845a0401a6cd37c004138b23eaa2897bc640f67c  -'
is "$(ipfs cid hashes --enc=json | tr '{' '\n' | sort | tr -d ',]\n' | sha256sum)" '400d9540ccc5c4acb3b0b7b89fe25f54152cc7b28e58c16f66633621c8c60dd0  -'
END

check 'inspect' <<'END'
prints 'CID:        QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o
Version:    0
Multibase:  base58btc (implicit)
Multicodec: dag-pb (0x70, implicit)
Multihash:  sha2-256 (0x12, implicit)
  Length:   32 bytes
  Digest:   46d44814b9c5af141c3aaab7c05dc5e844ead5f91f12858b021eba45768b4c0e
CIDv0:      QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o
CIDv1:      bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby' ipfs cid inspect $v0
prints 'CID:        bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby
Version:    1
Multibase:  base32 (b)
Multicodec: dag-pb (0x70)
Multihash:  sha2-256 (0x12)
  Length:   32 bytes
  Digest:   46d44814b9c5af141c3aaab7c05dc5e844ead5f91f12858b021eba45768b4c0e
CIDv0:      QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o
CIDv1:      bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby' ipfs cid inspect $v1
prints 'CID:        bafkqablimvwgy3y
Version:    1
Multibase:  base32 (b)
Multicodec: raw (0x55)
Multihash:  identity (0x0)
  Length:   5 bytes
  Digest:   68656c6c6f
CIDv0:      not possible, requires dag-pb (0x70), got raw (0x55)
CIDv1:      bafkqablimvwgy3y' ipfs cid inspect bafkqablimvwgy3y
prints '{"cid":"bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby","version":1,"multibase":{"prefix":"b","name":"base32"},"multicodec":{"code":112,"name":"dag-pb"},"multihash":{"code":18,"name":"sha2-256","length":32,"digest":"46d44814b9c5af141c3aaab7c05dc5e844ead5f91f12858b021eba45768b4c0e"},"cidV0":"QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o","cidV1":"bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby"}' ipfs cid inspect --enc=json $v1
fails 'Error: invalid CID: invalid cid: selected encoding not supported' ipfs cid inspect nonsense
END

check 'CIDs that are none' <<'END'
fails_with 'nonsense: invalid cid: selected encoding not supported
Error: errors while displaying some entries' ipfs cid base32 nonsense
fails_with 'Qm: invalid cid: selected encoding not supported
Error: errors while displaying some entries' ipfs cid base32 Qm
fails_with 'bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mb: invalid cid: invalid cid: length greater than remaining number of bytes in buffer
Error: errors while displaying some entries' ipfs cid base32 bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mb
fails_with ': invalid cid: cid too short
Error: errors while displaying some entries' ipfs cid base32 ''
END

check 'peer IDs are CIDs too' <<'END'
prints k2k4r8jl0yz8qjgqbmc2cdu5hkqek5rj6flgnlkyywynci20j0iuyfuj ipfs cid format -v 1 -b base36 --mc libp2p-key QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN
fails '12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB: invalid cid: selected encoding not supported
Error: errors while displaying some entries' ipfs cid format -f %M 12D3KooWA4Xop1JaT3MHxwYMkCepYsv4iPVopMXwCz5iHYdBfeSB
END

check 'multibase encode and decode' <<'END'
printf 'hello' > file
prints uaGVsbG8 ipfs multibase encode file
prints f68656c6c6f ipfs multibase encode -b base16 file
prints '🚀😴✋🍀🍀😓' ipfs multibase encode -b base256emoji file
is "$(printf hello | ipfs multibase encode -b base58btc)" zCn8eVZg
for base in base2 base16 base16upper base32hexpad base36 base58btc base64urlpad; do
  ipfs multibase encode -b $base file > text
  is "$(ipfs multibase decode text)" hello
done
END

check 'multibase transcode' <<'END'
is "$(echo -n f68656c6c6f | ipfs multibase transcode -b base64)" maGVsbG8
fails_with 'Error: unsupported multibase encoding: wat' ipfs multibase transcode -b wat file
END

check 'multibase list' <<'END'
is "$(ipfs multibase list | sha256sum)" '2523e508a1dcc2e4e654b886f87ed72278513e91cf7a97bd477479135f971ba1  -'
is "$(ipfs multibase list --prefix --numeric | sha256sum)" '05065e9659360587721fe9645a46cc6bc189422ca3f449f159bd21fc2507fd40  -'
END

check 'multibase refuses what is none' <<'END'
printf '~x' > bad
fails 'Error: failed to decode multibase: selected encoding not supported' ipfs multibase decode bad
fails 'Error: unsupported multibase encoding: wat' ipfs multibase encode -b wat file
printf 'fzz' > bad
fails "Error: failed to decode multibase: encoding/hex: invalid byte: U+007A 'z'" ipfs multibase decode bad
END

check 'none of this made a repo' <<'END'
[ ! -e "$IPFS_PATH" ]
END

finish
