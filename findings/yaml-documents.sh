#!/usr/bin/env bash
# kubectl loses every document that follows a `...` line, without a word, and refuses a manifest with a %YAML
# directive.
#
# Guess:     YAML 1.2.2, section 9: a stream's documents are separated by `---`, or ended by `...` (a bare document
#            may follow). kubectl reads two objects from either, and a `%YAML 1.2` directive changes nothing.
# Version:   k8s.io/apimachinery v0.37.2 (util/yaml, what kubectl, client-go and controllers split files with), on
#            sigs.k8s.io/yaml v1.6.0; npm yaml 2.9.1 and js-yaml 5.5.0 beside it.
# Behaviour: The text is cut at `---` lines alone. A piece with `...` in it is decoded up to there; the rest is
#            dropped: kubectl 1.37.2 created the first of two ConfigMaps and exited with 0, so that a check in
#            JavaScript sees an object that kubectl never sends. A %YAML directive is cut off from its document by the
#            same rule and does not parse alone: 1.2 is "found incompatible YAML document", and 1.1, the version that
#            the library speaks, has no document start.
# Time:      half a minute, two the first time.
. "$(dirname "$0")/setup.bash"

build_go apimachinery k8s.io/apimachinery@v0.37.2 sigs.k8s.io/yaml@v1.6.0 <<'GO'
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(os.Args[1]), 4096)
	for {
		var document map[string]any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(document["name"])
	}
}
GO
install_npm yaml@2.9.1 js-yaml@5.5.0
cat >npm.mjs <<'JS'
import { loadAll } from 'js-yaml';
import { parseAllDocuments } from 'yaml';
const text = process.argv[2];
console.log(`yaml: ${parseAllDocuments(text).map((document) => document.toJS().name)}`);
console.log(`js-yaml: ${loadAll(text).map((document) => document.name)}`);
JS
all() { echo "kubectl: $(./apimachinery "$1" | paste -sd,)"; node npm.mjs "$1"; }

expect 'separated by ---' "$(all $'name: one\n---\nname: two\n')" $'kubectl: one,two\nyaml: one,two\njs-yaml: one,two'
expect 'ended by ...' "$(all $'name: one\n...\nname: two\n')" $'kubectl: one\nyaml: one,two\njs-yaml: one,two'
expect '%YAML 1.2' "$(all $'%YAML 1.2\n---\nname: one\n')" \
  $'kubectl: error converting YAML to JSON: yaml: found incompatible YAML document\nyaml: one\njs-yaml: one'
expect '%YAML 1.1' "$(all $'%YAML 1.1\n---\nname: one\n')" \
  $'kubectl: error converting YAML to JSON: yaml: line 1: did not find expected <document start>\nyaml: one\njs-yaml: one'
