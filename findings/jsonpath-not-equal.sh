#!/usr/bin/env bash
# kubectl's JSONPath: "not equal" leaves out the objects that do not have the field at all.
#
# Guess:     RFC 9535, section 2.3.5.2.2: a missing field compares as nothing, and nothing is not equal to "kata". So
#            ?(@.spec.runtimeClassName!="kata") also finds the pods without a class, as label selectors do ("a!=b").
# Version:   k8s.io/client-go v0.37.2 (util/jsonpath, with missing keys allowed as kubectl -o jsonpath does); npm
#            jsonpath-plus 10.3.0, what @kubernetes/client-node depends on, beside it.
# Behaviour: Objects without the field match neither == nor !=. A list of all pods that are not sandboxed is short of
#            just those that have no runtimeClassName, mostly all of them; kubectl 1.37.2 printed so. Also, a whole
#            number and a fraction do not compare: `@.spec.weight>1` ends with "incompatible types for comparison" at
#            the first 1.5.
# Way out:   -o json and a filter elsewhere; there is no "has not" in this JSONPath.
# Time:      half a minute, two the first time.
. "$(dirname "$0")/setup.bash"

pods='{"items":[{"name":"none","spec":{}},{"name":"kata","spec":{"runtimeClassName":"kata"}},{"name":"runc","spec":{"runtimeClassName":"runc"}}]}'
build_go client_go k8s.io/client-go@v0.37.2 <<'GO'
package main

import (
	"bytes"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/util/jsonpath"
)

func main() {
	var data any
	if err := json.Unmarshal([]byte(os.Args[1]), &data); err != nil {
		panic(err)
	}
	path := jsonpath.New("path").AllowMissingKeys(true)
	if err := path.Parse("{" + os.Args[2] + "}"); err != nil {
		panic(err)
	}
	var out bytes.Buffer
	if err := path.Execute(&out, data); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.String())
}
GO
install_npm jsonpath-plus@10.3.0
cat >plus.mjs <<'JS'
import { JSONPath } from 'jsonpath-plus';
console.log(JSONPath({ json: JSON.parse(process.argv[2]), path: `$${process.argv[3]}` }).join(' '));
JS
both() {
  echo "kubectl: $(./client_go "$1" "$2")"
  echo "jsonpath-plus: $(node plus.mjs "$1" "$2")"
}

expect 'equal' "$(both "$pods" '.items[?(@.spec.runtimeClassName=="kata")].name')" $'kubectl: kata\njsonpath-plus: kata'
expect 'not equal' "$(both "$pods" '.items[?(@.spec.runtimeClassName!="kata")].name')" $'kubectl: runc\njsonpath-plus: none runc'
expect 'a whole number and a fraction' "$(both '{"items":[{"name":"a","w":2},{"name":"b","w":1.5}]}' '.items[?(@.w>1)].name')" \
  $'kubectl: incompatible types for comparison\njsonpath-plus: a b'
