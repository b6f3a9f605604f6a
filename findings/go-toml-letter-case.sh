#!/usr/bin/env bash
# containerd 1.x reads runtime_type and RUNTIME_TYPE, and passes over Runtime_Type; containerd 2.x reads all three.
#
# Guess:     one of two: keys of TOML are case-sensitive, as the specification says; or any letter case will do, as with
#            encoding/json, and with the second version of the same library, which containerd 2.x uses.
# Version:   github.com/pelletier/go-toml 1.9.5 (containerd 1.6 and 1.7), github.com/pelletier/go-toml/v2 2.4.3 (containerd 2.4).
# Behaviour: the first version tries four spellings of a field's name: as its tag has it, in small letters, in capitals, and with a
#            small first letter. A mixed one is none of them and is dropped without a word, so that a runtime loses its type, or
#            its snapshotter, and the file that did so is read whole by the next containerd. The second version takes each.
# Way out:   write keys as the documentation does; compare with `containerd config dump`, which prints what was understood.
# Time:      half a minute.
. "$(dirname "$0")/setup.bash"

# What both versions make of the same text, in the type that containerd has for a runtime.
program='package main

import (
	"fmt"
	"os"

	toml "MODULE"
)

func main() {
	var runtime struct {
		Type    string                 `toml:"runtime_type"`
		Options map[string]interface{} `toml:"options"`
	}
	if err := toml.Unmarshal([]byte(os.Args[1]), &runtime); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q, %d options\n", runtime.Type, len(runtime.Options))
}'
build_go first github.com/pelletier/go-toml@v1.9.5 <<<"${program/MODULE/github.com/pelletier/go-toml}"
build_go second github.com/pelletier/go-toml/v2@v2.4.3 <<<"${program/MODULE/github.com/pelletier/go-toml/v2}"

# both KEY: what each version reads.
both() {
  printf '1.9.5: %s\n2.4.3: %s\n' "$(./first "$1")" "$(./second "$1")"
}

expect 'small letters' "$(both 'runtime_type = "a"')" '1.9.5: "a", 0 options
2.4.3: "a", 0 options'
expect 'capitals' "$(both 'RUNTIME_TYPE = "a"')" '1.9.5: "a", 0 options
2.4.3: "a", 0 options'
expect 'both' "$(both 'Runtime_Type = "a"')" '1.9.5: "", 0 options
2.4.3: "a", 0 options'
expect 'a table' "$(both $'[Options]\nRoot = "a"')" '1.9.5: "", 0 options
2.4.3: "", 1 options'
