#!/usr/bin/env bash
about='ipfs add: what it prints and which files it takes'
. "$(dirname "$0")/lib.sh"
repo
echo 'hello world' > hello
mkdir -p tree/docs/deep tree/empty
echo one > tree/one
echo two > tree/docs/two
echo three > tree/docs/deep/three
echo hidden > tree/.hidden
ln -s one tree/link

check 'one file' <<'END'
prints 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello' ipfs add hello
END

# spec: add.quieter-last-line
check '-q, -Q, --silent' <<'END'
prints QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o ipfs add -q hello
prints QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o ipfs add --quieter hello
prints '' ipfs add --silent hello
END

check 'the progress bar goes to standard error and leaves no trace in the answer' <<'END'
prints 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello' ipfs add --progress hello
prints 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello' ipfs add -p=false hello
END

# spec: add.unnamed
check 'standard input' <<'END'
is "$(ipfs add < hello)" 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o'
is "$(ipfs add -q - < hello)" QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o
is "$(ipfs add --stdin-name=name -w < hello)" 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o name
added QmXcQNdgS7Z66yZwjWockUEeyKbZFG5wwHJnuHmT1AyAZy '
END

check '-n computes and stores nothing' <<'END'
echo 'nobody stores this' > unstored
cid=$(ipfs add -n -Q unstored)
fails_with "$cid" ipfs block stat --offline "$cid"
END

check '-w wraps files in a directory' <<'END'
prints 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello
added QmYRMUVULBfj7WrdPESnwnyZmtayN6Sdrwh1nKcQ9QgQeZ ' ipfs add -w hello
prints QmPoRCXJAsczadScRrabkv482AUpAv7aRkjXsDuJwoq3uV ipfs add -w -Q hello tree/one
END

check 'several files, the same name twice' <<'END'
prints 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello
added QmUB9Nr7RpqNYQpyh4W9r3RQNttiPQ6BQ9iQLkw9LztJFz one' ipfs add hello tree/one
fails "Error: lstat absent: no such file or directory" ipfs add -Q hello absent
END

check 'a directory needs -r' <<'END'
fails "Error: 'tree' is a directory, use the '-r' flag to specify directories" ipfs add tree
END

# spec: add.output-order, add.directories-last
check '-r prints every entry, children first' <<'END'
prints 'added QmSXeay8qJE8RCK7uHgBLaH37uNBxfV2TTET5c3LHyopv7 tree/docs/deep/three
added QmapoNeQhJxjMDWstx27etyxMNLU4MtkDk8BMfyHRao8P8 tree/docs/two
added QmbFwwKYBgE5GisEfQ8gevJLykoKcncdkR1C8znQ2Z7Zh6 tree/link
added QmUB9Nr7RpqNYQpyh4W9r3RQNttiPQ6BQ9iQLkw9LztJFz tree/one
added QmPJ9MtSAmyxSEacWrVNt1e7ZaUfq1wodwZ3yhW5ZJFwtj tree/docs/deep
added QmQ3gm6Tx5eqkhrYzFbW3nBwF4Q9koK1QLpmQS4NsehYS2 tree/docs
added QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn tree/empty
added QmaGPNv89xMgAoUE523APzQwaBDqPAKrvvhyKBvjvJv5nQ tree' ipfs add -r tree
prints QmaGPNv89xMgAoUE523APzQwaBDqPAKrvvhyKBvjvJv5nQ ipfs add -r -Q tree
prints 'QmSXeay8qJE8RCK7uHgBLaH37uNBxfV2TTET5c3LHyopv7
QmapoNeQhJxjMDWstx27etyxMNLU4MtkDk8BMfyHRao8P8
QmbFwwKYBgE5GisEfQ8gevJLykoKcncdkR1C8znQ2Z7Zh6
QmUB9Nr7RpqNYQpyh4W9r3RQNttiPQ6BQ9iQLkw9LztJFz
QmPJ9MtSAmyxSEacWrVNt1e7ZaUfq1wodwZ3yhW5ZJFwtj
QmQ3gm6Tx5eqkhrYzFbW3nBwF4Q9koK1QLpmQS4NsehYS2
QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn
QmaGPNv89xMgAoUE523APzQwaBDqPAKrvvhyKBvjvJv5nQ' ipfs add -r -q tree
END

check '--hidden takes dot files' <<'END'
prints Qmcs5zf4Zxn6tsFvSYL2Vfu5uuvrxe5jgH8MH933kkhUZZ ipfs add -r -H -Q tree
prints QmUti2Md6FcRyt5XquQkvPFUgwxUra9p5b2iHXaPRWnhE9 ipfs add -Q tree/.hidden
END

check '--ignore and --ignore-rules-path leave files out' <<'END'
prints QmWHFgbeKGTocBxShF7fNj2SKoYRMTBJyHgKRnc1x8geFL ipfs add -r -Q --ignore=two --ignore=one tree
printf '*.skip\ndocs/\n' > rules
echo x > tree/x.skip
prints QmaGPNv89xMgAoUE523APzQwaBDqPAKrvvhyKBvjvJv5nQ ipfs add -r -Q --ignore-rules-path=rules tree
rm tree/x.skip
END

# spec: add.empty-directories
check '--empty-dirs=false drops empty directories' <<'END'
prints QmSUxLvQvGL9SygLKQPMJcqgWNSPCtwXQgPLkt7F1JwrSY ipfs add -r -Q -E=false tree
END

# spec: cli.dereference-arguments
check 'symbolic links are kept, or followed when asked' <<'END'
prints QmUioNrPHTzoR5gtJshp3HHipK5E6kYpwULS6vjLxTziM3 ipfs add -r --dereference-symlinks -Q tree
prints QmbFwwKYBgE5GisEfQ8gevJLykoKcncdkR1C8znQ2Z7Zh6 ipfs add -Q tree/link
prints QmUB9Nr7RpqNYQpyh4W9r3RQNttiPQ6BQ9iQLkw9LztJFz ipfs add -Q --dereference-args tree/link
ln -s nowhere dangling
prints QmT1KFsBPe2XJLDPBVKBqsNemmUYZUnc4DY6MARkWzWC5B ipfs add -Q dangling
fails_with 'no such file or directory' ipfs add -Q --dereference-args dangling
END

check '. is named after the folder' <<'END'
cd tree/docs
prints 'added QmSXeay8qJE8RCK7uHgBLaH37uNBxfV2TTET5c3LHyopv7 docs/deep/three
added QmapoNeQhJxjMDWstx27etyxMNLU4MtkDk8BMfyHRao8P8 docs/two
added QmPJ9MtSAmyxSEacWrVNt1e7ZaUfq1wodwZ3yhW5ZJFwtj docs/deep
added QmQ3gm6Tx5eqkhrYzFbW3nBwF4Q9koK1QLpmQS4NsehYS2 docs' ipfs add -r .
prints 'added QmSXeay8qJE8RCK7uHgBLaH37uNBxfV2TTET5c3LHyopv7 ../docs/deep/three
added QmapoNeQhJxjMDWstx27etyxMNLU4MtkDk8BMfyHRao8P8 ../docs/two
added QmbFwwKYBgE5GisEfQ8gevJLykoKcncdkR1C8znQ2Z7Zh6 ../link
added QmUB9Nr7RpqNYQpyh4W9r3RQNttiPQ6BQ9iQLkw9LztJFz ../one
added QmPJ9MtSAmyxSEacWrVNt1e7ZaUfq1wodwZ3yhW5ZJFwtj ../docs/deep
added QmQ3gm6Tx5eqkhrYzFbW3nBwF4Q9koK1QLpmQS4NsehYS2 ../docs
added QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn ../empty
added QmaGPNv89xMgAoUE523APzQwaBDqPAKrvvhyKBvjvJv5nQ ..' ipfs add -r ..
END

check 'the empty file' <<'END'
: > empty
prints QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH ipfs add -Q empty
END

check 'odd names survive' <<'END'
mkdir odd
echo x > 'odd/a b'
echo x > 'odd/été'
echo x > 'odd/%25?#'
echo x > $'odd/new\nline'
prints QmdY5iHuHdJqKeDtc9TRAaLR6KxHH9wPtfF7cXPZr6CX5K ipfs add -r -Q odd
END

check '--enc=json prints one object per event' <<'END'
prints 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello' ipfs add --enc=json hello
prints 'added QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o hello' ipfs add --enc=json -p=false hello
prints 'added QmSXeay8qJE8RCK7uHgBLaH37uNBxfV2TTET5c3LHyopv7 docs/deep/three
added QmapoNeQhJxjMDWstx27etyxMNLU4MtkDk8BMfyHRao8P8 docs/two
added QmPJ9MtSAmyxSEacWrVNt1e7ZaUfq1wodwZ3yhW5ZJFwtj docs/deep
added QmQ3gm6Tx5eqkhrYzFbW3nBwF4Q9koK1QLpmQS4NsehYS2 docs' ipfs add --enc=json -r -p=false tree/docs
END

check 'files are pinned unless told not to' <<'END'
has "$(ipfs pin ls --type=recursive)" QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o
echo unpinned > unpinned
cid=$(ipfs add -Q --pin=false unpinned)
lacks "$(ipfs pin ls)" "$cid"
END

# spec: add.option-conflicts
check '--pin-name names the pin' <<'END'
cid=$(ipfs add -Q --pin-name=greeting hello)
has "$(ipfs pin ls --names)" "$cid recursive greeting"
fails 'Error: pin-name option requires pin to be set' ipfs add -Q --pin=false --pin-name=x hello
END

# spec: add.to-files
check '--to-files puts the result into MFS' <<'END'
prints QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o ipfs add --to-files=/greeting -q hello
prints 'hello world' ipfs files read /greeting
ipfs files mkdir /folder
ipfs add --to-files=/folder/ -q hello
prints hello ipfs files ls /folder
fails 'Error: to-files: MFS destination parent "/absent/x" "/absent" does not exist: file does not exist' ipfs add --to-files=/absent/x -q hello
END

check 'no file at all' <<'END'
fails "Error: lstat absent: no such file or directory" ipfs add absent
END

check '--cid-base' <<'END'
prints k2cwuecvan95uqzq14dj3a18wx6av6tgr73nxvopxn3j5kvyr0apys7b ipfs add -Q --cid-version=1 --cid-base=base36 hello
prints uAXASIEbUSBS5xa8UHDqqt8BdxehE6tX5HxKFiwIeukV2i0wO ipfs add -Q --cid-base=base64url --upgrade-cidv0-in-output hello
prints bafybeicg2rebjoofv4kbyovkw7af3rpiitvnl6i7ckcywaq6xjcxnc2mby ipfs add -Q --cid-base=base32 hello
END

finish
