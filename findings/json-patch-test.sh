#!/usr/bin/env bash
# The API server's JSON Patch compares the spelling of JSON: `test` of "<" fails where the text is "\u003c", and 1.0
# is not 1.
#
# Guess:     RFC 6902, section 4.6: strings are equal when they have the same characters, numbers when they are
#            numerically equal. So a client may test a value that it has just read, and so does fast-json-patch in
#            Node.
# Version:   gopkg.in/evanphx/json-patch.v4 v4.13.0, which kube-apiserver 1.37 links for patches of clients and of
#            webhooks, on objects as it encodes them (Go's encoding/json). fast-json-patch 3.1.1 beside it.
# Behaviour: Leaf values are compared as bytes. Go writes <, > and & as \u003c, \u003e and \u0026; JSON.stringify and
#            Python do not. So {"op":"test"} with such a character (a shell command, a URL's query, a CEL expression)
#            fails for every client but Go's: kube-apiserver 1.37.2 answered 422 "the server rejected our request due
#            to an error in our request" to the value it had just returned, and took it written as "\u003c". kubectl
#            patch hides it, since it encodes the patch again. Only `test` is concerned; a replace or an add of such a
#            value is right.
# Way out:   test metadata.resourceVersion in place of the value, or escape as Go does.
# Time:      a few seconds, half a minute the first time.
. "$(dirname "$0")/setup.bash"

install_npm fast-json-patch@3.1.1
build_go apply gopkg.in/evanphx/json-patch.v4@v4.13.0 <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

// Applies a patch to a document as Go encodes it.
func main() {
	var value any
	if err := json.Unmarshal([]byte(os.Args[1]), &value); err != nil {
		panic(err)
	}
	document, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	patch, err := jsonpatch.DecodePatch([]byte(os.Args[2]))
	if err != nil {
		panic(err)
	}
	if _, err = patch.Apply(document); err != nil {
		fmt.Println("Go:", err)
	} else {
		fmt.Println("Go: applied")
	}
}
GO
cat >apply.mjs <<'JS'
import patch from 'fast-json-patch';
try {
  patch.applyPatch(JSON.parse(process.argv[2]), JSON.parse(process.argv[3]), true);
  console.log('Node: applied');
} catch (error) {
  console.log(`Node: ${error.name}`);
}
JS
both() { ./apply "$1" "$2"; node apply.mjs "$1" "$2"; }

expect 'test "<", written as JSON.stringify writes it' "$(both '{"a":"<"}' '[{"op":"test","path":"/a","value":"<"}]')" \
  $'Go: testing value /a failed: test failed\nNode: applied'
expect 'test "<", written as \u003c' "$(both '{"a":"<"}' '[{"op":"test","path":"/a","value":"\u003c"}]')" $'Go: applied\nNode: applied'
expect 'the same inside an object' "$(both '{"a":{"b":"x && y"}}' '[{"op":"test","path":"/a","value":{"b":"x && y"}}]')" \
  $'Go: testing value /a failed: test failed\nNode: applied'
expect 'test 1 with 1.0' "$(both '{"a":1}' '[{"op":"test","path":"/a","value":1.0}]')" \
  $'Go: testing value /a failed: test failed\nNode: applied'
expect 'a replace is not concerned' "$(both '{"a":"<"}' '[{"op":"replace","path":"/a","value":"&"}]')" $'Go: applied\nNode: applied'
