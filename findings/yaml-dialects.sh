#!/usr/bin/env bash
# No dialect of a JavaScript YAML reader is kubectl's: YAML 1.1 makes 750 of `12:30`, a date of a date and NaN of a
# lone dot.
#
# Guess:     kubectl reads YAML 1.1 (0400 is octal, yes is true), so yaml's { version: '1.1' } and js-yaml 5's
#            YAML11_SCHEMA read a manifest as kubectl does, where their defaults (1.2) do not.
# Version:   sigs.k8s.io/yaml v1.6.0 (kubectl, Helm), npm yaml 2.9.1, js-yaml 5.5.0.
# Behaviour: kubectl's dialect is one of its own: 1.1's booleans, octals, binaries and underscores, 1.2's 0o, no
#            sexagesimals, no dates. 1.1 mode mends 0400, yes and 1_000, and breaks times of day and port pairs up to
#            59 (22:22 is 1342), dates, 0o400, and in npm yaml `.`, as in `path: .` (1.1's pattern of a float matches
#            a dot without digits). js-yaml's 1.1 wants a sign and a dot in 1e3.
# Way out:   quote; or take the library's default and list what differs: booleans, 0400, 0b11, 1_000.
# Time:      a quarter of a minute.
. "$(dirname "$0")/setup.bash"

build_go kubectl sigs.k8s.io/yaml@v1.6.0 <<'GO'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	for _, value := range os.Args[1:] {
		json, err := yaml.YAMLToJSON([]byte(value))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(json))
	}
}
GO
install_npm yaml@2.9.1 js-yaml@5.5.0
cat >read.mjs <<'JS'
import { load, YAML11_SCHEMA } from 'js-yaml';
import { parse } from 'yaml';
const show = (value) => (Number.isNaN(value) ? 'NaN' : value instanceof Date ? 'Date' : JSON.stringify(value));
for (const text of process.argv.slice(2)) {
  const read = [parse(text), parse(text, { version: '1.1' }), load(text), load(text, { schema: YAML11_SCHEMA })];
  console.log(read.map(show).join(' '));
}
JS
values=(yes 0400 0o400 1_000 0b11 12:30 22:22 2001-01-01 . 1e3)

expect 'text: kubectl | yaml, yaml 1.1, js-yaml, js-yaml 1.1' \
  "$(paste -d'|' <(printf '%s:\n' "${values[@]}") <(./kubectl "${values[@]}") <(node read.mjs "${values[@]}"))" 'yes:|true|"yes" true "yes" true
0400:|256|400 256 400 256
0o400:|256|256 "0o400" 256 "0o400"
1_000:|1000|"1_000" 1000 "1_000" 1000
0b11:|3|"0b11" 3 "0b11" 3
12:30:|"12:30"|"12:30" 750 "12:30" 750
22:22:|"22:22"|"22:22" 1342 "22:22" 1342
2001-01-01:|"2001-01-01"|"2001-01-01" Date "2001-01-01" Date
.:|"."|"." NaN "." "."
1e3:|1000|1000 1000 1000 "1e3"'
