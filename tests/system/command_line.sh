#!/usr/bin/env bash
# Exit codes and messages that scripts rely on: 0 done, 2 a usage error, 1 anything else with one line that says why.
. "$(dirname "$0")/lib.sh.inc"
run() { build/beltwarden "$@" >"$work/out" 2>"$work/err"; echo $?; }

check "no command is a usage error" test "$(run)" = 2
check "an unknown command is a usage error" test "$(run fly)" = 2
check "an unknown option is a usage error" test "$(run verify --fast x)" = 2
for command in demo serve twin verify replay declare pack user spectra vision gamma \
    spectra:{convert,fit,transfer,predict,follow,evaluate} gamma:{read,tune,inspect,identify,calibrate,activity,write} \
    vision:{fit,import,detect,track,classify,install,evaluate}; do
  words=${command/:/ }
  check "$words --help succeeds" test "$(run $words --help)" = 0
  case $command in spectra | vision | gamma) continue ;; esac   # these only list what they hold
  check "$words --help has an example" grep -q 'Example: beltwarden' "$work/out"
done
says() { grep -qF -- "$1" "$work/err"; }

check "verifying what is not there fails" test "$(run verify "$work/nothing")" = 1
check "with one line that names it" test "$(cat "$work/err")" = "beltwarden verify: there is nothing at $work/nothing"
mkdir -p "$work/empty"; : >"$work/file"
check "an empty folder is neither journal nor pack" test "$(run verify "$work/empty")" = 1
check "and it is told so" says "$work/empty is neither a journal nor a pack"
check "a file is neither journal nor pack" test "$(run verify "$work/file")" = 1
check "and it is told so as well" says "$work/file is neither a journal nor a pack"
mkdir -p "$work/nojournal"; : >"$work/nojournal/00000000000000000001.bwj"
check "segments without their state are a failure, not a usage error" test "$(run verify "$work/nojournal")" = 1
check "and say what is missing" says "journal.state"

cp -r packs/iron-ore "$work/pack"
check "a pack without a signature fails" test "$(run verify "$work/pack")" = 1
check "and says that it is not signed" says "it is not signed"
check "a key is made" test "$(run pack key --key "$work/key")" = 0
key=$(cat "$work/out")
check "the pack is signed" test "$(run pack sign "$work/pack" --key "$work/key")" = 0
check "a signed pack is whole" test "$(run verify "$work/pack")" = 0
check "its key is named" grep -q "signed by key $key" "$work/out"
check "nobody has said to trust it" grep -q "not known here" "$work/out"
check "its key can be trusted" test "$(run verify "$work/pack" --trust "$key")" = 0
check "and that is said" grep -q "that key is trusted" "$work/out"
check "another's key is not enough" test "$(run verify "$work/pack" --trust "${key//[0-9]/a}")" = 1
check "and the signer is named" says "by key $key, which is none of those given"
check "a key of another form is a failure" test "$(run verify "$work/pack" --trust 12)" = 1
echo '# changed' >>"$work/pack/pack.toml"
check "a changed pack fails" test "$(run verify "$work/pack")" = 1
check "and the changed file is named" says "pack.toml is not as it was signed"
mkdir -p "$work/pack/models"; cp packs/iron-ore/pack.toml "$work/pack"; : >"$work/pack/models/more.bin"
check "a file too many fails" test "$(run verify "$work/pack")" = 1
check "and is named" says "models/more.bin was not signed"

check "a scenario with a wrong field is refused" test "$(printf 'name = 3\n' >"$work/s.toml"; run demo --headless --scenario "$work/s.toml")" = 1
check "and the message names file and line" grep -q 's.toml:1' "$work/err"
check "the twin writes clean pictures" test \
  "$(run twin --scenario tests/system/short_lots.toml --clean-frames "$work/clean" --brand "Karstad fines" --count 3)" = 0
check "as many as asked for" test "$(head -qc 4 "$work"/clean/clean_000?.png | tr -cd PNG)" = PNGPNGPNG
check "of no other brand than it knows" test "$(run twin --scenario tests/system/short_lots.toml --clean-frames "$work/clean" --brand x)" = 1
check "and names those" says "'Karstad fines'"
check "settings with a misspelt field are refused" test "$(printf 'site = "x"\nport = 1\n' >"$work/c.toml"; run serve --config "$work/c.toml")" = 1
finish
