#!/usr/bin/env bash
# kustomize cannot build a ConfigMap with a file called 1.10, 2024 or true, and says "unsupported type" of a Go map.
#
# Guess:     A key of a ConfigMap may be any name of letters, digits, dots, dashes and underscores, so a file called
#            1.10 is put into a generated ConfigMap under the key "1.10", as `kubectl create configmap --from-file`
#            does.
# Version:   sigs.k8s.io/kustomize/kustomize/v5 v5.8.2.
# Behaviour: The generator makes a key that YAML reads as a number, a bool or null without quotes, and the build's
#            last step cannot encode it: `json: unsupported type: map[interface {}]interface {}`, with neither file
#            nor key named. Names as 012, 0x10, 1_000, 1e3 and null do the same, and so do labels: and
#            commonAnnotations: with such a key. "on" and "yes" are quoted and work. Versions and years are common
#            file names.
# Way out:   files: ["v1.10=1.10"], or the ConfigMap as a resource (there the key is quoted and stays).
# Time:      one minute, four the first time (kustomize is built).
. "$(dirname "$0")/setup.bash"

install_go sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
mkdir app
echo 'text' | tee app/1.10 app/2024 app/true app/on app/v1.10 >/dev/null

# build FILE: the data of a ConfigMap with that file, or what the error says at its end.
build() {
  printf 'configMapGenerator: [{ name: c, files: ["%s"] }]\n' "$1" >app/kustomization.yaml
  { ./bin/kustomize build app 2>&1 || true; } | sed -n -e 's/.*\(json: unsupported type.*\)/\1/p' -e 's/^  \(.*\): |$/\1 is there/p'
}
unsupported='json: unsupported type: map[interface {}]interface {}'

expect 'a file called 1.10' "$(build 1.10)" "$unsupported"
expect 'a file called 2024' "$(build 2024)" "$unsupported"
expect 'a file called true' "$(build true)" "$unsupported"
expect 'a file called on' "$(build on)" '"on" is there'
expect 'a file called v1.10' "$(build v1.10)" 'v1.10 is there'
