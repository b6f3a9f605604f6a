#!/usr/bin/env bash
# yq -i on a TOML file puts a new setting, and a table that was there, into the last element of a list.
#
# Guess:     yq reads and writes TOML, comments included. `yq -i '.short-name-mode = "enforcing"' registries.conf` adds
#            that line at the top level, and all else means what it meant.
# Version:   github.com/mikefarah/yq/v4 v4.54.3.
# Behaviour: A list of tables at the top level that is written inline, `registry = [{ ... }]`, comes out as [[registry]],
#            in its place; the keys that follow it stay below it, and so become keys of its last element. So do the new
#            key and inline tables that stood before the list. The exit code is 0. Below a table nothing of the kind
#            happens, and with [[registry]] in the file neither. Of YAML, yq writes .inf, 017 and "\a" as they are,
#            which are no TOML.
# Way out:   Write [[registry]] as headers before the file is given to yq, or lists of tables below a table; and read
#            the result with another parser.
# Time:      half a minute.
. "$(dirname "$0")/setup.bash"

install_go github.com/mikefarah/yq/v4@v4.54.3

# values: the TOML on standard input as Python reads it, or why it is none.
values() {
  python3 -c '
import json, sys, tomllib
try:
    print(json.dumps(tomllib.load(sys.stdin.buffer), sort_keys=True))
except tomllib.TOMLDecodeError as error:
    print("no TOML:", error)'
}

# added FILE: its values after yq has added a key to it.
added() {
  cp "$1" changed.toml
  ./bin/yq -i '.short-name-mode = "enforcing"' changed.toml
  values <changed.toml
}

cat >inline.toml <<'TOML'
aliases = { pause = "registry.example.com/pause" }
registry = [{ location = "a.example.com" }, { location = "b.example.com" }]
TOML
cat >headers.toml <<'TOML'
aliases = { pause = "registry.example.com/pause" }
[[registry]]
location = "a.example.com"
[[registry]]
location = "b.example.com"
TOML

expect 'before' "$(values <inline.toml)" \
  '{"aliases": {"pause": "registry.example.com/pause"}, "registry": [{"location": "a.example.com"}, {"location": "b.example.com"}]}'
expect 'a key is added, the list is inline' "$(added inline.toml)" \
  '{"registry": [{"location": "a.example.com"}, {"aliases": {"pause": "registry.example.com/pause"}, "location": "b.example.com", "short-name-mode": "enforcing"}]}'
expect 'a key is added, the list has headers' "$(added headers.toml)" \
  '{"aliases": {"pause": "registry.example.com/pause"}, "registry": [{"location": "a.example.com"}, {"location": "b.example.com"}], "short-name-mode": "enforcing"}'
expect 'nothing is changed' "$(./bin/yq -p toml -o toml . inline.toml | values)" \
  '{"registry": [{"location": "a.example.com"}, {"aliases": {"pause": "registry.example.com/pause"}, "location": "b.example.com"}]}'

for value in .inf 017 '"\a"'; do
  expect "YAML's $value in TOML" "$(printf 'a: %s\n' "$value" | ./bin/yq -p yaml -o toml . | values | cut -d: -f1)" 'no TOML'
done
