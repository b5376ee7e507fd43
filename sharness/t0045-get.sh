#!/usr/bin/env bash
about='ipfs get'
. "$(dirname "$0")/lib.sh"
repo
mkdir -p dir/sub
echo 'hello world' > dir/hello
gen a 700000 > dir/sub/mid
ln -s hello dir/link
root=$(ipfs add -Q -r dir)

check 'a directory tree' <<'END'
ipfs get $root > out
is "$(cat out)" 'Saving file(s) to QmRjAgiNgfb5ruzJrkf6CEWXmGZoX9KtSEau8oS9LDEfVX'
same dir $root
is "$(readlink $root/link)" hello
END

check '-o names the output' <<'END'
ipfs get -o copy $root > out
is "$(cat out)" 'Saving file(s) to copy'
same dir copy
END

check 'a file, by path' <<'END'
prints 'Saving file(s) to mid' ipfs get $root/sub/mid
same mid dir/sub/mid
ipfs get /ipfs/$root/sub/mid -o other > out
same other dir/sub/mid
END

check 'into an existing folder' <<'END'
mkdir into
ipfs get -o into $root/hello > out
is "$(ls into)" hello
ipfs get -o into $root > out
is "$(ls into | sort | tr '\n' ' ')" 'hello link sub '
END

# spec: get.output-path
check '-a writes a tar' <<'END'
prints 'Saving archive to QmRjAgiNgfb5ruzJrkf6CEWXmGZoX9KtSEau8oS9LDEfVX.tar' ipfs get -a $root
is "$(tar tf $root.tar | sort | sed "s/$root/ROOT/" | tr '\n' ' ')" 'ROOT ROOT/hello ROOT/link ROOT/sub ROOT/sub/mid '
mkdir untar
tar xf $root.tar -C untar
same dir untar/$root
END

check '-a -C writes a compressed tar' <<'END'
prints 'Saving archive to QmRjAgiNgfb5ruzJrkf6CEWXmGZoX9KtSEau8oS9LDEfVX.tar.gz' ipfs get -a -C $root
mkdir untgz
tar xzf $root.tar.gz -C untgz
same dir untgz/$root
END

check '-C of a file is plain gzip' <<'END'
prints 'Saving archive to hello.gz' ipfs get -C $root/hello
is "$(gzip -dc hello.gz)" 'hello world'
prints 'Saving archive to nine.gz' ipfs get -C -l 9 -o nine.gz $root/hello
is "$(gzip -dc nine.gz)" 'hello world'
END

# spec: get.compress-file-only
check '-C without -a of a directory' <<'END'
fails 'Error: file is not regular' ipfs get -C -o packed $root
END

# spec: get.compression-level
check 'compression levels from 1 to 9' <<'END'
fails 'Error: compression level must be between 1 and 9' ipfs get -C -l 10 $root/hello
fails 'Error: compression level must be between 1 and 9' ipfs get -C -l 0 $root/hello
END

# spec: get.attributes
check 'mode and time are restored' <<'END'
echo data > meta
chmod 640 meta
touch -d '2020-02-03 04:05:06 UTC' meta
cid=$(ipfs add -q --preserve-mode --preserve-mtime meta)
ipfs get -o restored $cid > out
is "$(mode restored)" 640
is "$(stat -c %Y restored)" 1580702706
END

check 'mode and time of directories' <<'END'
mkdir metadir
echo x > metadir/x
chmod 700 metadir
touch -d '2001-02-03 UTC' metadir
cid=$(ipfs add -Q -r --preserve-mode --preserve-mtime metadir)
ipfs get -o restoreddir $cid > out
is "$(mode restoreddir)" 700
is "$(stat -c %Y restoreddir)" 981158400
END

check 'an existing file is replaced' <<'END'
echo old > target
ipfs get -o target $root/hello > out
is "$(cat target)" 'hello world'
END

check 'errors leave a message' <<'END'
fails 'Error: no link named "absent" under QmRjAgiNgfb5ruzJrkf6CEWXmGZoX9KtSEau8oS9LDEfVX' ipfs get $root/absent
fails 'Error: invalid path "nonsense": path does not have enough components' ipfs get nonsense
fails_with 'Error: open /proc/nowhere/' ipfs get -o /proc/nowhere/x $root/hello
fails 'Error: block was not found locally (offline): ipld: could not find bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy' ipfs get bafkreihqnhjhhqvfrgxoabmt6dptyvqqts36a23eidqxx3ryoy4oh7jziy
END

# A directory whose entry is named `../escape`: built from the block up.
# spec: get.no-escape
check 'names that lead out of the target are refused' <<'END'
leaf=$(ipfs add -q --raw-leaves --cid-version=1 dir/hello)
cat > evil.json <<JSON
{"Data":{"/":{"bytes":"CAE"}},"Links":[{"Hash":{"/":"$leaf"},"Name":"../escape","Tsize":12}]}
JSON
evil=$(ipfs dag put --store-codec dag-pb --input-codec dag-json evil.json)
mkdir -p jail/inner
rc=0
ipfs get -o jail/inner/x $evil > out 2>&1 || rc=$?
is $rc 1
[ ! -e jail/escape ] && [ ! -e jail/inner/escape ]
END

check 'a symbolic link is not followed on the way' <<'END'
mkdir outside
ln -s "$HOME/outside" dir2link
mkdir -p evil2
ln -s "$HOME/outside" evil2/a
cid=$(ipfs add -Q -r evil2)
ipfs get -o got2 $cid > out
is "$(readlink got2/a)" "$HOME/outside"
is "$(ls outside)" ''
END

finish
