#!/usr/bin/env bash
about='version, help and the command list need no repo'
. "$(dirname "$0")/lib.sh"

# spec: program-version.text
check 'version prints name and number' <<'END'
[[ $(ipfs version) =~ ^ipfs\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
END

check 'version --number prints the number alone' <<'END'
[[ $(ipfs version --number) =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]]
is "$(ipfs version -n)" "$(ipfs version --number)"
is "ipfs version $(ipfs version -n)" "$(ipfs version)"
END

check 'version --repo prints the repo version' <<'END'
prints 18 ipfs version --repo
END

check 'version --commit adds a commit or a dash' <<'END'
[[ $(ipfs version --commit) =~ ^ipfs\ version\ [0-9.]+.*- ]]
END

check 'version --all names program, repo, system and compiler' <<'END'
ipfs version --all > all
is "$(wc -l < all)" 4
has "$(cat all)" 'Repo version: 18'
has "$(cat all)" 'System version: '
END

check 'version --enc=json has the fields that clients read' <<'END'
out=$(ipfs version --enc=json)
for field in Version Commit Repo System Golang; do has "$out" "\"$field\":\""; done
END

# spec: program-version.deps
check 'version deps answers' <<'END'
ipfs version deps > deps
[ -s deps ]
END

check 'version makes no repo' <<'END'
ipfs version
[ ! -e "$IPFS_PATH" ]
END

# spec: commands.text
check 'commands lists the tree, one command per line' <<'END'
ipfs commands > commands
is "$(head -n 1 commands)" ipfs
for name in add block 'block get' cat 'dag import' 'files write' 'pin ls' 'repo gc' 'key gen'; do
  grep -qx "ipfs $name" commands
done
END

check 'commands --flags adds the options' <<'END'
ipfs commands --flags > flags
grep -q -- '^ipfs add --quieter / ipfs add -Q$' flags
grep -q -- '^ipfs pin ls --type / ipfs pin ls -t$' flags
END

check 'no command: a short help, exit status 0' <<'END'
ipfs > help
grep -q USAGE help
END

# spec: help.layout
check 'every command has help' <<'END'
mkdir helps
ipfs commands | while read -r _ name; do
  ipfs $name --help > "helps/-$name"
  grep -q '^USAGE' "helps/-$name"
done
END

# spec: help.width
check 'help keeps to 80 columns' <<'END'
awk 'length($0) > 80 { print FILENAME ": " $0; bad = 1 } END { exit bad }' helps/*
END

check '-h gives the short help' <<'END'
ipfs add -h > short
ipfs add --help > long
[ "$(wc -l < short)" -lt "$(wc -l < long)" ]
END

# spec: commands.completion
check 'completion for bash, zsh and fish' <<'END'
ipfs commands completion bash > ipfs.bash
bash -n ipfs.bash
has "$(cat ipfs.bash)" 'complete '
has "$(ipfs commands completion zsh)" _ipfs
has "$(ipfs commands completion fish)" 'complete -c ipfs'
END

check 'an unknown command suggests the nearest ones' <<'END'
fails 'Error: Unknown Command "catt"

Did you mean this?

	cat' ipfs catt
fails "Error: expected 0 argument(s), got 1" ipfs pin lss
fails_with 'Error: Unknown Command "wxyzwxyz"' ipfs wxyzwxyz
END

check 'a group without a known subcommand is a mistake' <<'END'
rc=0
ipfs block > out 2>&1 || rc=$?
is $rc 0
grep -q USAGE out
END

check 'an unknown option is refused' <<'END'
fails_with 'unknown option "wat"' ipfs version --wat
fails_with 'unknown option "z"' ipfs version -z
END

check 'a superfluous or missing argument is refused' <<'END'
fails_with 'expected 0 argument(s), got 1' ipfs version extra
fails_with 'argument "key" is required' ipfs config
END

check 'an option of the wrong type is refused' <<'END'
fails_with 'Error: strconv.ParseBool: parsing "maybe": invalid syntax' ipfs version --number=maybe
END

check 'a command that needs a repo says so' <<'END'
fails_with "no IPFS repo found in $IPFS_PATH." ipfs repo stat
fails_with "please run: 'ipfs init'" ipfs repo stat
fails_with "no IPFS repo found in $HOME/other." env IPFS_PATH="$HOME/other" ipfs repo stat
END

finish
