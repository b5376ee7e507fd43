# For checks of migration programs, in place of lib.sh: `MIGRATIONS` names the folder that `repo-migrations install` made.
# Without it all checks are skipped.

MIGRATIONS=$(readlink -f "${MIGRATIONS:-}")
. "$(dirname "$0")/lib.sh"
if [ -n "$MIGRATIONS" ]; then
  PATH=$MIGRATIONS:$PATH
else
  skip 'MIGRATIONS names no folder with migration programs'
fi

# at VERSION CONFIG: a repository of that version with that configuration, in $r.
at() {
  r=$PWD/r
  rm -rf "$r"
  mkdir "$r"
  printf '%s' "$2" > "$r/config"
  chmod 600 "$r/config"
  echo "$1" > "$r/version"
}

# fails_status STATUS COMMAND...: the command ends with that exit status.
fails_status() {
  local wanted=$1 rc=0
  shift
  "$@" 2>"$trash/stderr" >"$trash/stdout" || rc=$?
  [ $rc = "$wanted" ] || { echo "exit status $rc, wanted $wanted"; return 1; }
}

# converts STEP FROM TO: the step changes the configuration's text so (white space aside).
converts() {
  at "${1%%-*}" "$2"
  "fs-repo-$1" -path="$r" >"$trash/stdout"
  is "$(tr -d ' \n' < "$r/config")" "$3"
}

# works_out STEP FROM TO: without a backup the way back changes the configuration's text so, and
# keeps the text FROM.
works_out() {
  local kept="config.${1##*-}-to-${1%%-*}.bak"
  at "${1##*-}" "$2"
  "fs-repo-$1" -path="$r" -revert >"$trash/stdout" 2>"$trash/notes"
  is "$(tr -d ' \n' < "$r/config")" "$3"
  is "$(cat "$r/$kept")" "$2"
  grep -q "worked out from the present one, which is kept as $r/$kept" "$trash/notes"
  is "$(ls "$r")" "$(printf 'config\n%s\nversion' "$kept")"
}
