#!/usr/bin/env bash
about='ipfs object: what remains of it'
. "$(dirname "$0")/lib.sh"
repo
echo x > x
echo y > y
mkdir dir
cp x dir/
root=$(ipfs add -Q -r dir)
leaf=$(ipfs add -q y)

# spec: object.patch-rewrites-path
check 'patch add-link' <<'END'
prints QmZX6AFyNCgp7N3YnJdQHsv92SpAgapgZcoKQWWhvvM972 ipfs object patch $root add-link new $leaf
prints QmTyacRube41JopViexnCCAcZZt2YKYRvZPh6FvCdyqnFd ipfs object patch $root add-link -p deep/down/new $leaf
fails 'Error: no link by that name' ipfs object patch $root add-link deep/down/new $leaf
prints y ipfs cat $(ipfs object patch $root add-link new $leaf)/new
END

check 'patch rm-link' <<'END'
prints QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn ipfs object patch $root rm-link x
fails 'Error: no link by that name' ipfs object patch $root rm-link none
END

# spec: object.diff-order
check 'diff' <<'END'
new=$(ipfs object patch $root add-link new $leaf)
changed=$(ipfs object patch $root add-link x $leaf)
prints '+ QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28 "new"' ipfs object diff $root $new
prints 'Added new link "new" pointing to QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28.' ipfs object diff -v $root $new
prints 'Changed "x" from QmUNXr47Bja3aHUMfhXX5mMWTFJKuoUGETcA48vHG7dhag to QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28.' ipfs object diff -v $root $changed
prints 'Removed link "new" (was QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28).' ipfs object diff -v $new $root
prints '' ipfs object diff $root $root
prints '{"Changes":[{"Type":0,"Path":"new","Before":null,"After":{"/":"QmQ789bHQKJRvmffGwzaeBNVjA4HVz5mM6ZXZehWek2i28"}}]}' ipfs object diff --enc=json $root $new
END

check 'removed commands say what took their place' <<'END'
fails_with 'Error: expected 0 argument(s), got 1

WARNING:   REMOVED, command is no longer available' ipfs object get $root
fails_with "Error: removed, use 'ipfs dag' or 'ipfs files' instead" ipfs object new
fails_with 'Error: expected 0 argument(s), got 1

WARNING:   REMOVED, command is no longer available' ipfs object stat $root
fails_with 'Error: expected 0 argument(s), got 1

WARNING:   REMOVED, command is no longer available' ipfs object links $root
fails_with 'Error: expected 0 argument(s), got 1

WARNING:   REMOVED, command is no longer available' ipfs object data $root
fails_with 'Error: expected 0 argument(s), got 1

WARNING:   REMOVED, command is no longer available' ipfs object put x
fails_with 'Error: expected 0 argument(s), got 2

WARNING:   REMOVED, command is no longer available' ipfs object patch append-data $root x
END

# spec: object.patch-directories-only
check 'patch of a node that is no directory' <<'END'
fails_with 'Error: cannot add named links to a UnixFS File node, only Directory nodes support link addition at the dag-pb level (see https://specs.ipfs.tech/unixfs/)' ipfs object patch $leaf add-link new $root
END

finish
