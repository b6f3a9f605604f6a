#!/usr/bin/env bash
# The API server's JSON Patch replaces what is not there, copies it as null, and takes "spec/nodeName" for "/nodeName".
#
# Guess:     RFC 6902, section 4: the target of `replace` and `test`, and the `from` of `copy`, must exist, or the patch
#            fails; an index is digits without a leading zero. RFC 6901: a pointer that is not empty begins with "/".
#            So a typing error in a webhook's patch, or in one for `kubectl patch --type=json`, is an error.
# Version:   gopkg.in/evanphx/json-patch.v4 v4.13.0, which kube-apiserver 1.37 links for patches of clients and of
#            webhooks. fast-json-patch 3.1.1 beside it, with validation.
# Behaviour: `replace` of a member that is not there adds it. `copy` from one adds null. `test` with null passes. What
#            stands before the first "/" of a path is passed over: "spec/nodeName" sets nodeName beside spec, where the
#            API server drops it as an unknown field, and the patch has succeeded. -1, 01 and +1 are indices: `remove`,
#            `replace` and `test` take -1 for the last element, but `add` at -1 appends behind it, as at "-". Only
#            `remove` of what is not there, and a missing parent, fail.
# Way out:   `test` the parent's value before a `replace`, and check one's own patches by another library, or by the RFC's
#            grammar, in the tests of a webhook.
# Time:      a few seconds, half a minute the first time.
. "$(dirname "$0")/setup.bash"

install_npm fast-json-patch@3.1.1
cat >node.mjs <<'JS'
import patch from 'fast-json-patch';
const { applyPatch } = patch;
const [document, operation] = process.argv.slice(2);
try {
  console.log(JSON.stringify(applyPatch(JSON.parse(document), [JSON.parse(operation)], true).newDocument));
} catch (error) {
  console.log(error.name);
}
JS
build_go api_server gopkg.in/evanphx/json-patch.v4@v4.13.0 <<'GO'
package main

import (
	"fmt"
	"os"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

func main() {
	patch, err := jsonpatch.DecodePatch([]byte("[" + os.Args[2] + "]"))
	if err != nil {
		panic(err)
	}
	if document, err := patch.Apply([]byte(os.Args[1])); err != nil {
		fmt.Println("refused")
	} else {
		fmt.Println(string(document))
	}
}
GO

# both OPERATION: what becomes of a small object.
document='{"a":["x","y","z"],"spec":{"k":1}}'
both() {
  printf 'Go: %s\nNode: %s\n' "$(./api_server "$document" "$1")" "$(node node.mjs "$document" "$1")"
}

expect 'replace of what is not there' "$(both '{"op":"replace","path":"/spec/new","value":2}')" \
  $'Go: {"a":["x","y","z"],"spec":{"k":1,"new":2}}\nNode: OPERATION_PATH_UNRESOLVABLE'
expect 'copy of what is not there' "$(both '{"op":"copy","from":"/spec/new","path":"/b"}')" \
  $'Go: {"a":["x","y","z"],"b":null,"spec":{"k":1}}\nNode: OPERATION_FROM_UNRESOLVABLE'
expect 'test of what is not there' "$(both '{"op":"test","path":"/spec/new","value":null}')" \
  $'Go: {"a":["x","y","z"],"spec":{"k":1}}\nNode: TEST_OPERATION_FAILED'
expect 'a path without its first slash' "$(both '{"op":"replace","path":"spec/nodeName","value":"b"}')" \
  $'Go: {"a":["x","y","z"],"nodeName":"b","spec":{"k":1}}\nNode: OPERATION_PATH_INVALID'
expect 'replace at -1' "$(both '{"op":"replace","path":"/a/-1","value":"Q"}')" \
  $'Go: {"a":["x","y","Q"],"spec":{"k":1}}\nNode: OPERATION_PATH_UNRESOLVABLE'
expect 'add at -1' "$(both '{"op":"add","path":"/a/-1","value":"Q"}')" \
  $'Go: {"a":["x","y","z","Q"],"spec":{"k":1}}\nNode: OPERATION_PATH_ILLEGAL_ARRAY_INDEX'
expect 'remove of what is not there' "$(both '{"op":"remove","path":"/spec/new"}')" \
  $'Go: refused\nNode: OPERATION_PATH_UNRESOLVABLE'
