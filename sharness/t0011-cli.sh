#!/usr/bin/env bash
about='words, options, arguments and standard input'
. "${0%/*}/lib.sh"

# errs CODE TEXT COMMAND...: the command ends with that code and that first line on standard error.
errs() {
  local code=$1 text=$2 rc=0
  shift 2
  "$@" >/dev/null 2>stderr || rc=$?
  is "$rc" "$code"
  is "$(head -n 1 stderr)" "$text"
}

# spec: cli.version-word
check '--version is version' <<'END'
prints "$(ipfs version)" ipfs --version
END

# spec: cli.help-word
check 'help CMD is CMD --help' <<'END'
prints "$(ipfs cid format --help)" ipfs help cid format
prints "$(ipfs --help)" ipfs help
END

# spec: cli.long-options, cli.bool-values
check 'long options' <<'END'
prints "$(ipfs version -n)" ipfs version --number
prints "$(ipfs version -n)" ipfs version --number=T
prints "$(ipfs version -n)" ipfs version --number=
prints "$(ipfs version)" ipfs version --number=FALSE
errs 1 'Error: strconv.ParseBool: parsing "yes": invalid syntax' ipfs version --number=yes
errs 1 'Error: unknown option "bogus"' ipfs version --bogus
errs 1 'Error: missing argument for option "timeout"' ipfs version --timeout
END

# spec: cli.short-options
check 'short options' <<'END'
errs 1 'Error: unknown option "z"' ipfs version -z
errs 1 'Error: unknown option "nz"' ipfs version -nz
prints "$(ipfs version -n)" ipfs version -n=1
errs 1 'Error: missing argument for option "o"' ipfs cat -o
END

# spec: cli.options-anywhere
check 'options stand anywhere, and -- ends them' <<'END'
prints "$(ipfs version --enc=json)" ipfs --enc=json version
echo hello > -x
prints uaGVsbG8K ipfs multibase encode -- -x
errs 1 'Error: expected 0 argument(s), got 1' ipfs version -- -n
END

# spec: cli.option-once
check 'an option twice is refused' <<'END'
errs 1 'Error: multiple values for option "offset"' ipfs cat --offset=1 -o 2 x
END

# spec: cli.number-values
check 'numbers' <<'END'
errs 1 'Error: strconv.ParseInt: parsing "x": invalid syntax' ipfs cat -o x a
errs 1 'Error: strconv.ParseInt: parsing "2147483648": value out of range' ipfs ping -n 2147483648 a
errs 1 'Error: strconv.ParseInt: parsing "08": invalid syntax' ipfs ping -n 08 a
END

# spec: cli.duration-form, cli.timeout-first
check 'durations, looked at before all else' <<'END'
errs 1 'Error: time: invalid duration "zz"' ipfs version --timeout=zz
errs 1 'Error: time: missing unit in duration "5"' ipfs version --timeout=5 --help
errs 1 'Error: time: unknown unit "x" in duration "5x"' ipfs version --timeout 5x
ipfs version --timeout=1h30m5.5s
END

# spec: cli.unknown-command
check 'unknown commands get suggestions' <<'END'
errs 1 'Error: Unknown Command "swram"' ipfs swram
is "$(wc -l < stderr)" 2
errs 1 'Error: Unknown Command "pinn"' ipfs pinn
is "$(sed -n 3,5p stderr)" "$(printf 'Did you mean this?\n\n\tpin')"
END

# spec: cli.help-before-arguments, help.after-bad-arguments
check 'help wins over arguments, not over options' <<'END'
prints "$(ipfs version --help)" ipfs version --help x y
errs 1 'Error: unknown option "bogus"' ipfs version --bogus --help
errs 1 'Error: expected 0 argument(s), got 1' ipfs version x
is "$(sed -n 3p stderr)" USAGE
END

# spec: cli.too-many-arguments, cli.argument-required
check 'too many and too few arguments' <<'END'
errs 1 'Error: expected 2 argument(s), got 3' ipfs config a b c
errs 1 'Error: argument "key" is required' ipfs config
printf '' | errs 1 'Error: argument "cid" is required' ipfs cid base32
END

# spec: cli.last-argument-from-stdin, cli.stdin-lines
check 'text arguments come from standard input, one per line' <<'END'
printf 'bafkqaaa\r\nbafkqaaa' > lines
is "$(ipfs cid format -f %c < lines)" "$(printf 'raw\nraw')"
END

# spec: cli.stdin-hint
check 'a hint when standard input is a device' <<'END'
errs 1 'ipfs: Reading from /dev/stdin; send Ctrl-d to stop.' ipfs cid base32
END

# spec: cli.file-words
check 'file arguments' <<'END'
echo hello > f
prints uaGVsbG8K ipfs multibase encode ./x/../f
is "$(ipfs multibase encode - < f)" uaGVsbG8K
mkfifo pipe
cat f > pipe &
prints uaGVsbG8K ipfs multibase encode pipe
mkdir -p d
errs 1 'Error: lstat nofile: no such file or directory' ipfs multibase encode nofile
errs 1 "Error: invalid path 'd', argument 'file' does not support directories" ipfs multibase encode d
errs 1 "Error: 'd' is a directory, use the '-r' flag to specify directories" ipfs add d
END

# spec: cli.same-name-twice, cli.files-sorted
check 'files of one name, and their order' <<'END'
repo
mkdir -p one two && echo 1 > one/b && echo 2 > two/b && echo 3 > a
errs 1 'Error: file name b repeated under different import directories: two and one' ipfs add one/b two/b
is "$(ipfs add -n one/b a one/b | cut -d' ' -f3)" "$(printf 'a\nb')"
END

# spec: cli.dereference-arguments
check 'links as arguments' <<'END'
ln -s one/b link
ln -s nowhere dangling
is "$(ipfs add -n --dereference-args link | cut -d' ' -f3)" b
errs 1 'Error: lstat nowhere: no such file or directory' ipfs add -n --dereference-args dangling
END

# spec: cli.ignore-rules
check 'ignore rules and hidden files' <<'END'
mkdir -p tree && touch tree/keep tree/drop.log tree/.hidden
is "$(ipfs add -rn --ignore='*.log' tree | cut -d' ' -f3)" "$(printf 'tree/keep\ntree')"
is "$(ipfs add -rnH tree | wc -l)" 4
END

# spec: cli.repo-path
check 'where the repo is' <<'END'
errs 1 "Error: no IPFS repo found in $PWD/none." ipfs --repo-dir "$PWD/none" repo stat
IPFS_PATH="$PWD/other" errs 1 "Error: no IPFS repo found in $PWD/other." ipfs repo stat
END

# spec: delegation.where, delegation.api-file, delegation.stale-api-file, address.errors
check 'the file api' <<'END'
echo junk > "$IPFS_PATH/api"
errs 1 'Error: failed to parse multiaddr "junk": must begin with /' ipfs swarm peers
echo /ip4/127.0.0.1/tcp/9 > "$IPFS_PATH/api"
text="Error: this action must be run in online mode, try running 'ipfs daemon' first"
errs 1 "$text" ipfs swarm peers
errs 1 'Error: api flag specified but command cannot be run on the daemon' ipfs --api /ip4/127.0.0.1/tcp/9 key export x
fails_with 'cannot connect to the api. Is the daemon running?' ipfs --api /ip4/127.0.0.1/tcp/9 swarm peers
errs 1 'Error: command must be run on the daemon: [diag cmds]' ipfs diag cmds
END

# spec: cli.closed-pipe
check 'a closed pipe ends the program quietly' <<'END'
{ ipfs commands --flags 2>stderr | true; } || :
is "$(cat stderr)" ''
END

# spec: cli.interrupt-once-stops, cli.interrupt-twice-kills, cli.exit-codes
check 'two interrupts end it' <<'END'
mkfifo waiting
sleep 20 > waiting &
sleeper=$!
# A file named as an argument is waited for, whoever asks to stop; standard input is not.
ipfs config replace waiting > stdout & pid=$!
sleep 1
kill -INT $pid; sleep 0.5; kill -INT $pid
rc=0
wait $pid || rc=$?
kill $sleeper
is $rc 255
is "$(tail -n 1 stdout)" 'Received another interrupt before graceful shutdown, terminating...'
END

finish
