#!/usr/bin/env bash
# An inline table across lines: containerd 1.7 reads it, 2.0 to 2.3 do not start with it, 2.4 reads it again.
#
# Guess:     TOML 1.0 has inline tables on one line, and 1.1 lets them go across lines: what a reader took once, a later
#            version of it takes too.
# Version:   github.com/pelletier/go-toml 1.9.5 (containerd 1.6 and 1.7), and its v2 2.2.4, 2.3.0 and 2.4.3 (containerd
#            2.1 and 2.2, 2.3, 2.4).
# Behaviour: 1.9.5, made for TOML 1.0, takes line breaks and comments in an inline table, and no comma before its closing
#            brace. 2.2.4 and 2.3.0 refuse all of it. 2.4.3 takes all of it. So a configuration that 1.7 has read for years
#            keeps 2.0 from starting, and one that was written on 2.4 keeps every older one from it. "\x41" is of 2.4.3
#            alone, "\e" of 2 alone.
# Way out:   headers in place of inline tables, \u in place of \x and \e.
# Time:      half a minute.
. "$(dirname "$0")/setup.bash"

program='package main

import (
	"fmt"
	"os"

	toml "MODULE"
)

func main() {
	var document map[string]interface{}
	if err := toml.Unmarshal([]byte(os.Args[1]), &document); err != nil {
		fmt.Println("refused")
		return
	}
	fmt.Println("read")
}'
versions=(1.9.5 2.2.4 2.3.0 2.4.3)
for version in "${versions[@]}"; do
  module=github.com/pelletier/go-toml
  [ "$version" = 1.9.5 ] || module+=/v2
  build_go "toml-$version" "$module@v$version" <<<"${program/MODULE/$module}"
done

# each TEXT: what each version makes of it.
each() {
  for version in "${versions[@]}"; do printf '%s: %s\n' "$version" "$("./toml-$version" "$1")"; done
}

expect 'on one line' "$(each 'a = { b = 1 }')" $'1.9.5: read\n2.2.4: read\n2.3.0: read\n2.4.3: read'
expect 'across lines' "$(each $'a = {\n  b = 1\n}')" $'1.9.5: read\n2.2.4: refused\n2.3.0: refused\n2.4.3: read'
expect 'a comma at the end' "$(each 'a = { b = 1, }')" $'1.9.5: refused\n2.2.4: refused\n2.3.0: refused\n2.4.3: read'
expect 'the escape \x' "$(each 'a = "\x41"')" $'1.9.5: refused\n2.2.4: refused\n2.3.0: refused\n2.4.3: read'
expect 'the escape \e' "$(each 'a = "\e"')" $'1.9.5: refused\n2.2.4: read\n2.3.0: read\n2.4.3: read'
