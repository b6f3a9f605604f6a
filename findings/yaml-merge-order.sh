#!/usr/bin/env bash
# `kubectl apply -f` and `kubectl apply -k` read one manifest differently where a merge key (<<) stands after a key it
# merges.
#
# Guess:     The YAML merge key's definition: keys of the mapping itself win over merged ones. Order does not matter,
#            mappings have none. So `x: "2"` wins over the merged `x: "1"`, above or below it, in all readers.
# Version:   sigs.k8s.io/yaml v1.6.0 (kubectl -f, Helm's values and fromYaml), sigs.k8s.io/kustomize/api v0.21.2
#            (kubectl -k), npm yaml 2.9.1, PyYAML 6.0.3.
# Behaviour: sigs.k8s.io/yaml takes them in the order of the text: with << last, the merged value overwrites the
#            manifest's own. kustomize, yaml and PyYAML keep the manifest's own. kubectl 1.37.2 showed both: -f gave
#            1, -k gave 2, no warning. The same library's UnmarshalStrict refuses both orders: to it a key that
#            overrides a merged one is a duplicate.
# Way out:   << first in the mapping; in files that are read strictly, no key twice.
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

last='a: &a { x: "1" }
data:
  x: "2"
  <<: *a
'
first='a: &a { x: "1" }
data:
  <<: *a
  x: "2"
'
build_go sigs sigs.k8s.io/yaml@v1.6.0 <<'GO'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	var read struct {
		A    any
		Data map[string]string
	}
	if err := yaml.Unmarshal([]byte(os.Args[1]), &read); err != nil {
		panic(err)
	}
	strict := "strict takes it"
	if err := yaml.UnmarshalStrict([]byte(os.Args[1]), &read); err != nil {
		strict = err.Error()
	}
	fmt.Println(read.Data["x"], strict)
}
GO
build_go kustomize sigs.k8s.io/kustomize/api@v0.21.2 <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	files := filesys.MakeFsInMemory()
	manifest := "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: m }\n" + os.Args[1]
	if err := files.WriteFile("/k/m.yaml", []byte(manifest)); err != nil {
		panic(err)
	}
	if err := files.WriteFile("/k/kustomization.yaml", []byte("resources: [m.yaml]\nnamespace: here\n")); err != nil {
		panic(err)
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, "/k")
	if err != nil {
		panic(err)
	}
	fmt.Println(strings.Trim(built.Resources()[0].GetDataMap()["x"], `"`))
}
GO
install_npm yaml@2.9.1
python3 -m venv python && python/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.3
cat >npm.mjs <<'JS'
import { parse } from 'yaml';
console.log(parse(process.argv[2], { merge: true }).data.x);
JS
all() {
  echo "sigs.k8s.io/yaml $(./sigs "$1" | tr -s '\n ' ' ')"
  echo "kustomize $(./kustomize "$1")"
  echo "npm yaml $(node npm.mjs "$1")"
  echo "PyYAML $(python/bin/python -c 'import sys, yaml; print(yaml.safe_load(sys.argv[1])["data"]["x"])' "$1")"
}

duplicate() { echo "error converting YAML to JSON: yaml: unmarshal errors: line $1: key \"x\" already set in map "; }
expect 'the merge key above the key' "$(all "$first")" "sigs.k8s.io/yaml 2 $(duplicate 4)"$'\nkustomize 2\nnpm yaml 2\nPyYAML 2'
expect 'the merge key below the key' "$(all "$last")" "sigs.k8s.io/yaml 1 $(duplicate 1)"$'\nkustomize 2\nnpm yaml 2\nPyYAML 2'
