#!/usr/bin/env bash
# KYAML (kubectl -o kyaml) corrupts a text of several lines where a line begins with a no-break or an ideographic
# space.
#
# Guess:     KYAML is YAML, made to avoid YAML's traps, so what kubectl writes with -o kyaml every YAML reader reads
#            back the same. A line's leading space is the very case for which it writes a backslash.
# Version:   sigs.k8s.io/yaml v1.6.0 (its package kyaml, in kubectl 1.37).
# Behaviour: Before a line's leading space of any kind it writes a backslash; a space that is not printable ASCII is
#            then also written as an escape, which has a backslash of its own. The two make an escaped backslash:
#            U+3000 comes back as the six characters \u3000, U+00A0 as the two characters \_. No error: `kubectl get
#            -o kyaml`, then `kubectl replace` changed a ConfigMap on 1.37.2. Japanese and Chinese paragraphs begin
#            with U+3000, pasted scripts with U+00A0. A text of one line, and such a space within a line, are right.
# Time:      a quarter of a minute.
. "$(dirname "$0")/setup.bash"

build_go round_trip sigs.k8s.io/yaml@v1.6.0 <<'GO'
package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"

	"sigs.k8s.io/yaml"
	"sigs.k8s.io/yaml/kyaml"
)

// Writes a text as KYAML and reads it back; both are printed in ASCII.
func main() {
	text, err := strconv.Unquote(`"` + os.Args[1] + `"`)
	if err != nil {
		panic(err)
	}
	var written bytes.Buffer
	if err := (&kyaml.Encoder{}).FromObject(map[string]string{"text": text}, &written); err != nil {
		panic(err)
	}
	var read map[string]string
	if err := yaml.Unmarshal(written.Bytes(), &read); err != nil {
		panic(err)
	}
	fmt.Println(strconv.QuoteToASCII(text), "->", strconv.QuoteToASCII(read["text"]))
}
GO

expect 'ideographic space, second line' "$(./round_trip 'a\n\u3000b')" '"a\n\u3000b" -> "a\n\\u3000b"'
expect 'no-break space, first of two lines' "$(./round_trip '\u00a0a\nb')" '"\u00a0a\nb" -> "\\_a\nb"'
expect 'form feed' "$(./round_trip 'a\n\fb')" '"a\n\fb" -> "a\n\\fb"'
expect 'one line' "$(./round_trip '\u3000a')" '"\u3000a" -> "\u3000a"'
expect 'within a line' "$(./round_trip 'a\nb\u3000c')" '"a\nb\u3000c" -> "a\nb\u3000c"'
expect 'space and tab' "$(./round_trip 'a\n  b\n\tc')" '"a\n  b\n\tc" -> "a\n  b\n\tc"'
