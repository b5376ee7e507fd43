#!/usr/bin/env bash
about='content that denylists block'
. "$(dirname "$0")/lib.sh"
repo
lists="$IPFS_PATH/denylists"
mkdir -p "$lists" dir/sub
echo blocked > bad
cp bad dir/bad
echo fine > dir/good
echo inner > dir/sub/inner
bad=$(ipfs add -Q --raw-leaves bad)
dir=$(ipfs add -Q -r --cid-version=1 dir)
sub=$(ipfs resolve "/ipfs/$dir/sub")
good=$(ipfs add -Q --raw-leaves dir/good)

# blocked SUBJECT COMMAND...: the command fails as for content on a list.
blocked() {
  local subject=$1
  shift
  fails "Error: $subject is blocked and cannot be provided" "$@"
}

# rules LINE...: there is one list, of these lines.
rules() {
  rm -rf "$lists"/*
  printf '%s\n' "$@" > "$lists/a.deny"
}

# spec: denylist.in-force-at-once
check 'lists are in force before anything is read' <<'END'
rules "/ipfs/$bad"
for _ in $(seq 60); do
  blocked "/ipfs/$bad" ipfs cat $bad
done
END

# A subject that reads its lists while it already answers would fail the rest by chance.
rules "/ipfs/$bad"
for _ in $(seq 60); do
  ipfs cat "$bad" > out 2>&1 && skip 'the subject reads its lists while it answers'
done

# spec: denylist.error
# spec: denylist.block
check 'a blocked block is not given out' <<'END'
rules "/ipfs/$bad"
for command in cat ls get 'block get' 'block stat' 'dag get' 'dag stat' 'dag export' refs resolve; do
  blocked "/ipfs/$bad" ipfs $command /ipfs/$bad
done
blocked $bad ipfs block get $dir/bad
blocked $bad ipfs cat $dir/bad
prints fine ipfs cat $dir/good
END

# spec: denylist.before-resolving
# spec: denylist.path
# spec: denylist.path-prefix
check 'a blocked path is not resolved' <<'END'
rules "/ipfs/$dir/sub*" /ipns/name.example
blocked "/ipfs/$dir/sub/inner" ipfs cat $dir/sub/inner
blocked "/ipfs/$dir/sub" ipfs resolve /ipfs/$dir/sub
prints inner ipfs cat $sub/inner
blocked /ipns/name.example ipfs name resolve name.example
export IPFS_NS_MAP="name.example:/ipfs/$good,other.example:/ipfs/$dir/sub"
blocked /ipns/name.example ipfs cat /ipns/name.example
blocked "/ipfs/$dir/sub/inner" ipfs cat /ipns/other.example/inner
END

# spec: denylist.listing
check 'a directory with blocked entries can be listed' <<'END'
rules "/ipfs/$bad"
prints bad,good,sub/ sh -c "ipfs ls $dir | cut -d' ' -f3- | tr -d ' ' | paste -sd,"
END

# spec: denylist.pin
check 'blocked content is not pinned on its own' <<'END'
rules "/ipfs/$bad"
fails "Error: pin: /ipfs/$bad is blocked and cannot be provided" ipfs pin add $dir/bad
prints "pinned $dir recursively" ipfs pin add $dir
END

# spec: denylist.put
check 'a blocked block is not put' <<'END'
rules "/ipfs/$bad"
blocked $bad ipfs block put --cid-codec=raw bad
prints $bad ipfs add -Q --raw-leaves bad
END

# spec: denylist.delete
check 'blocked content can be removed' <<'END'
rules "/ipfs/$bad"
cp bad lonely
echo more >> lonely
cid=$(ipfs add -Q --raw-leaves lonely)
rules "/ipfs/$cid"
prints "unpinned $cid" ipfs pin rm $cid
prints "removed $cid" ipfs block rm $cid
END

# spec: denylist.disable
check 'blocking can be switched off' <<'END'
rules "/ipfs/$bad"
prints blocked env IPFS_CONTENT_BLOCKING_DISABLE=1 ipfs cat $bad
blocked "/ipfs/$bad" env IPFS_CONTENT_BLOCKING_DISABLE= ipfs cat $bad
END

# spec: denylist.extension
# spec: denylist.locations
# spec: denylist.order
check 'where lists lie, and which one wins' <<'END'
rules '# nothing'
echo "/ipfs/$bad" > "$lists/b.txt"
prints blocked ipfs cat $bad
mkdir -p "$lists/more" config/ipfs/denylists
echo "/ipfs/$bad" > config/ipfs/denylists/c.deny
blocked "/ipfs/$bad" env XDG_CONFIG_HOME="$PWD/config" ipfs cat $bad
echo "!/ipfs/$bad" > "$lists/more/d.deny"
prints blocked env XDG_CONFIG_HOME="$PWD/config" ipfs cat $bad
echo "/ipfs/$bad" > "$lists/z.deny"
blocked "/ipfs/$bad" env XDG_CONFIG_HOME="$PWD/config" ipfs cat $bad
END

# spec: denylist.header-end
# spec: denylist.header-max
# spec: denylist.unterminated
check 'headers' <<'END'
rules 'version: 1' 'name: "a list"' 'hints: {a: b}' '---' "/ipfs/$bad"
blocked "/ipfs/$bad" ipfs cat $bad
printf '/ipfs/%s' $bad > "$lists/a.deny"
blocked "/ipfs/$bad" ipfs cat $bad
{ head -c 1048576 /dev/zero | tr '\0' '\n'; echo '---'; echo "/ipfs/$bad"; } > "$lists/a.deny"
blocked "/ipfs/$bad" ipfs cat $bad
END

# spec: denylist.header-invalid
# spec: denylist.version
check 'headers that make a list unusable' <<'END'
rules 'this is no header' '---' "/ipfs/$bad"
fails_with 'constructing the node' ipfs cat $dir/good
rules 'version: 2' '---' "/ipfs/$bad"
fails_with 'unsupported denylist version' ipfs cat $dir/good
END

# spec: denylist.bad-line
# spec: denylist.line-max
# spec: denylist.comment
# spec: denylist.hints-ignored
check 'lines that are no rules do not stop the others' <<'END'
rules '/ipfs/nonsense' '' "# /ipfs/$good" "/ipfs/$bad reason=test x:y"
blocked "/ipfs/$bad" ipfs cat $bad
prints fine ipfs cat $good
{ printf /; head -c 2097152 /dev/zero | tr '\0' x; echo; echo "/ipfs/$bad"; } > "$lists/a.deny"
blocked "/ipfs/$bad" ipfs cat $bad
END

# spec: denylist.last-match
# spec: denylist.allow
check 'the last rule that matches decides' <<'END'
rules "/ipfs/$bad" "!/ipfs/$bad"
prints blocked ipfs cat $bad
rules "!/ipfs/$bad" "/ipfs/$bad"
blocked "/ipfs/$bad" ipfs cat $bad
END

finish
