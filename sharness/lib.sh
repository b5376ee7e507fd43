# Checks for any `ipfs` binary, as TAP on standard output. A script says what it is about, reads
# this file, makes checks and ends with `finish`:
#
#   about='ipfs cat'
#   . "$(dirname "$0")/lib.sh"
#   repo
#   check 'cat prints what add stored' <<'END'
#   echo hello > f
#   prints hello ipfs cat "$(ipfs add -q f)"
#   END
#   finish
#
# Every check runs in its own subshell with `set -e`, in the script's own empty folder, with a repo
# that only this script uses. Files stay from check to check, variables do not.

set -u -o pipefail
: "${IPFS_BIN:?set IPFS_BIN to the binary under test}"
: "${about:?say what the script is about}"

script=${0##*/}
script=${script%%-*}
subject=$(readlink -f "$IPFS_BIN")
trash=$(mktemp -d "${TMPDIR:-/tmp}/sharness-$script.XXXXXX")
trap 'chmod -R u+w "$trash"; rm -rf "$trash"' EXIT
mkdir "$trash/bin" "$trash/work"
ln -s "$subject" "$trash/bin/ipfs"

# Nothing of the caller's set-up may change an answer, and nothing may leave the machine.
unset "${!IPFS_@}" "${!GOLOG_@}" "${!LIBP2P_@}" EDITOR XDG_CONFIG_HOME
export PATH="$trash/bin:$PATH" HOME="$trash/work" IPFS_PATH="$trash/work/.ipfs"
export LC_ALL=C.UTF-8 TZ=UTC TERM=dumb IPFS_TELEMETRY=off
umask 022
cd "$trash/work"

checks=0 failed=0 skipping='' log="$trash/log" trace="$trash/trace"
printf 'TAP version 14\n# %s: %s\n' "$script" "$about"

# The reason why the check named $1 may fail with this subject; empty when it may not.
expected_reason() {
  [ -n "${EXPECT:-}" ] || return 0
  awk -v key="$script $1: " 'index($0, key) == 1 { print substr($0, length(key) + 1) }' "$EXPECT"
}

# check NAME < BODY
check() {
  local __name=$1 __body __rc __reason
  __body=$(cat)
  checks=$((checks + 1))
  if [ -n "$skipping" ]; then
    printf 'ok %d - %s # SKIP %s\n' "$checks" "$__name" "$skipping"
    return
  fi
  (
    exec </dev/null >"$log" 2>&1 9>"$trace"
    BASH_XTRACEFD=9
    set -ex
    eval "$__body"
  )
  __rc=$?
  __reason=$(expected_reason "$__name")
  printf '%s %d - %s%s\n' "$([ $__rc = 0 ] && echo ok || echo 'not ok')" "$checks" "$__name" \
    "${__reason:+ # TODO $__reason}"
  if [ -n "$__reason" ]; then
    if [ $__rc = 0 ]; then
      failed=$((failed + 1))
      echo '  # passes although it is expected to fail'
    fi
  elif [ $__rc != 0 ]; then
    failed=$((failed + 1))
    printf '  ---\n  status: %d\n  output: |\n' $__rc
    tail -n 40 "$log" | sed 's/^/    /'
    printf '  trace: |\n'
    tail -n 12 "$trace" | cut -c 1-300 | sed 's/^/    /'
    printf '  ...\n'
  fi
}

# Ends a script: the plan, and exit status 1 if anything failed.
finish() {
  printf '1..%d\n' "$checks"
  [ "$failed" = 0 ]
  exit
}

# skip REASON: skips the checks that follow; `skip` alone ends that.
skip() { skipping=${1:-}; }

# needs COMMAND [OPTION]: skips the checks that follow when the subject lacks one of them.
needs() {
  skip
  ipfs commands --flags 2>/dev/null | awk -v want="ipfs $*" '
    { n = split($0, names, " / "); for (i = 1; i <= n; i++) if (names[i] == want) found = 1 }
    END { exit !found }' || skip "the subject has no $*"
}

# A fresh repo of the `test` profile (TCP port 0, no bootstrap peers) in place of the last one.
repo() {
  rm -rf "$IPFS_PATH"
  ipfs init --profile=test "$@" >"$log" 2>&1 && return
  echo "Bail out! cannot init a repo: $(tail -n 1 "$log")"
  exit 1
}

# is GOT WANTED: the two texts are equal.
is() {
  { local - && set +x; } 9>/dev/null
  record "$2" "$1" && return
  [ "$1" = "$2" ] && return
  printf 'got:    %s\nwanted: %s\n' "$1" "$2"
  return 1
}

# prints WANTED COMMAND...: the command succeeds and prints exactly that (final newlines aside).
prints() {
  { local - && set +x; } 9>/dev/null
  local wanted=$1 got rc=0
  shift
  got=$("$@" 2>"$trash/stderr") || rc=$?
  [ $rc != 0 ] || { record "$wanted" "$got" && return; }
  [ $rc = 0 ] && [ "$got" = "$wanted" ] && return
  printf 'exit status %d\ngot:    %s\nwanted: %s\n' $rc "$got" "$wanted"
  cat "$trash/stderr"
  return 1
}

# The message in a file: without the lines of a log, which begin with the time, and without the help
# that follows a wrong usage.
message() { sed -e '/^20[0-9-]*T[0-9:.]*Z\?[[:space:]]/d' -e '/^USAGE/,$d' "$1"; }

# fails WANTED COMMAND...: the command exits 1 and prints exactly that on standard error.
fails() {
  { local - && set +x; } 9>/dev/null
  local wanted=$1 got rc=0
  shift
  "$@" 2>"$trash/stderr" >"$trash/stdout" || rc=$?
  got=$(message "$trash/stderr")
  [ $rc != 1 ] || { record "$wanted" "$got" && return; }
  [ $rc = 1 ] && [ "$got" = "$wanted" ] && return
  printf 'exit status %d (wanted 1)\ngot:    %s\nwanted: %s\n' $rc "$got" "$wanted"
  return 1
}

# fails_with PART COMMAND...: the command exits 1 and PART occurs on standard error.
fails_with() {
  { local - && set +x; } 9>/dev/null
  local wanted=$1 got rc=0
  shift
  "$@" 2>"$trash/stderr" >"$trash/stdout" || rc=$?
  got=$(message "$trash/stderr")
  [ $rc != 1 ] || { record "$wanted" "$got" && return; }
  [ $rc = 1 ] && [[ $got == *"$wanted"* ]] && return
  printf 'exit status %d (wanted 1)\ngot:      %s\nno trace: %s\n' $rc "$got" "$wanted"
  return 1
}

# exits STATUS COMMAND...
exits() {
  { local - && set +x; } 9>/dev/null
  local wanted=$1 rc=0
  shift
  "$@" || rc=$?
  is "$rc" "$wanted"
}

# has TEXT PART: PART occurs in TEXT.
has() {
  { local - && set +x; } 9>/dev/null
  [[ $1 == *"$2"* ]] && return
  printf 'got:      %s\nno trace: %s\n' "$1" "$2"
  return 1
}

# lacks TEXT PART: PART does not occur in TEXT.
lacks() {
  { local - && set +x; } 9>/dev/null
  [[ $1 != *"$2"* ]] && return
  printf 'got:      %s\ncontains: %s\n' "$1" "$2"
  return 1
}

# same FILE FILE, also for folders.
same() { diff -r "$1" "$2"; }

# mode PATH: its permission bits in octal. size PATH: its size in bytes.
mode() { stat -c %a "$1"; }
size() { stat -c %s "$1"; }

# gen SEED SIZE: bytes on standard output that depend on the arguments only and do not repeat.
gen() {
  awk -v seed="$1" -v size="$2" 'BEGIN {
    for (n = 0; size > 0; n++) {
      line = substr(sprintf("%s %012d\n", seed, n), 1, size)
      printf "%s", line
      size -= length(line)
    }
  }'
}

# slice FILE OFFSET LENGTH: those bytes of a file, on standard output.
slice() { tail -c +$(($2 + 1)) "$1" | head -c "$3" || :; }

# sha FILE: SHA-256 of a file in hex.
sha() { sha256sum "$1" | cut -d ' ' -f 1; }

# With RECORD=FILE, a wanted text `@@` is answered by appending what came to that file. This is how
# an answer of the reference gets into a new check: never from the binary under test.
record() {
  [ "$1" = @@ ] && [ -n "${RECORD:-}" ] || return 1
  printf '%s' "$2" | base64 -w 0 >>"$RECORD"
  echo >>"$RECORD"
}
