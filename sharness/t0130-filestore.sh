#!/usr/bin/env bash
about='filestore and urlstore'
. "$(dirname "$0")/lib.sh"
repo
gen a 600000 > mid
echo small > small

# spec: filestore-command.disabled
check 'nocopy needs the experiment' <<'END'
fails_with 'either the filestore or the urlstore must be enabled to use nocopy' ipfs add --nocopy mid
fails 'Error: filestore is not enabled, see https://git.io/vNItf' ipfs filestore ls
END

check 'add --nocopy references the file' <<'END'
ipfs config --bool Experimental.FilestoreEnabled true
prints QmS8xkgdf5cdJZmVU4Xgo7hSM32xrZuSeYJ2b4pTydpnkh ipfs add -Q --nocopy mid
is "$(ipfs filestore ls | wc -l)" 3
prints 'bafkreifo6oznd23iebcktjlh3acuyp3olkzddlkkxtaqrgsz6ojaoqhuda 262144 mid 0
bafkreihzoro24a7v3r4oipw5sonvm6i5zuz5vthrya7pvvrbi5srvhpxga 262144 mid 262144
bafkreifuyalmey4oi6enfte2wkjnpq3xxzx5pc2ykgagto5dz3p37jro44  75712 mid 524288' ipfs filestore ls --file-order
ipfs cat $(ipfs add -Q --nocopy mid) | cmp - mid
END

check 'ls of one' <<'END'
cid=$(ipfs add -Q --nocopy small)
prints 'bafkreicmi6z6qfx347kaz347mzn2r4f6dltiwxuop3lq6w3lvn7xauuor4      6 small 0' ipfs filestore ls $cid
prints 'ok      bafkreicmi6z6qfx347kaz347mzn2r4f6dltiwxuop3lq6w3lvn7xauuor4      6 small 0' ipfs filestore verify $cid
prints 'bafkreicmi6z6qfx347kaz347mzn2r4f6dltiwxuop3lq6w3lvn7xauuor4      6 small 0' ipfs filestore ls --enc=json $cid
END

check 'verify notices changes' <<'END'
echo bent! > small
prints 'changed bafkreicmi6z6qfx347kaz347mzn2r4f6dltiwxuop3lq6w3lvn7xauuor4      6 small 0' ipfs filestore verify $(ipfs add -Q -n --nocopy mid >/dev/null; ipfs filestore ls | awk '/small/ { print $1 }')
fails_with 'Error: data in file did not match. small offset 0' ipfs cat $(ipfs filestore ls | awk '/small/ { print $1 }')
rm small
prints 'no-file bafkreicmi6z6qfx347kaz347mzn2r4f6dltiwxuop3lq6w3lvn7xauuor4      6 small 0' ipfs filestore verify $(ipfs filestore ls | awk '/small/ { print $1 }')
END

check 'verify of all, in file order' <<'END'
is "$(ipfs filestore verify --file-order | awk '{ print $1 }' | sort | uniq -c | tr -s ' ')" ' 1 no-file
 3 ok'
END

# spec: add.references-only-on-request
check 'dups' <<'END'
prints '' ipfs filestore dups
ipfs add -q --raw-leaves mid > out
ipfs filestore dups > dups
[ -s dups ]
END

check 'files outside the repo'\''s parent are refused' <<'END'
dir=$(mktemp -d)
echo outside > $dir/outside
rc=0
ipfs add -Q --nocopy $dir/outside > out 2> err || rc=$?
rm -r $dir
is $rc 1
has "$(cat err)" 'cannot add filestore references outside ipfs root'
END

check 'removal' <<'END'
cid=$(ipfs filestore ls | awk '{ print $1 }' | head -n 1)
ipfs block rm -f $cid > out 2>&1 || ipfs repo gc > out
END

check 'URLs need their own experiment' <<'END'
exits 1 ipfs add --nocopy http://127.0.0.1:9/file
END

finish
