#!/usr/bin/env bash
# `defaultMode: 0400` is 256 (r--------) to kubectl and 400 (rw--w----) to the JavaScript readers, and the API allows
# both.
#
# Guess:     Kubernetes' own documentation writes `defaultMode: 0400`, so its JavaScript client reads that as kubectl
#            does.
# Version:   @kubernetes/client-node 2.0.1 and 1.4.0, npm yaml 2.9.1; sigs.k8s.io/yaml v1.6.0 (kubectl, Helm).
# Behaviour: YAML 1.1 has 0400 for octal, YAML 1.2 has 0o400. sigs.k8s.io/yaml reads both as 256; the JavaScript
#            readers take 0400 for the decimal number 400, which is octal 0620. The field's limit is 0777, decimal
#            511, so nothing refuses it: a Secret is mounted writable for its group. Modes above 511 (0644 as decimal
#            644) are refused, which hides the rule.
# Way out:   256, the only spelling that all read alike, or 0o400.
# Time:      half a minute.
. "$(dirname "$0")/setup.bash"

cat >pod.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: { name: pod }
spec:
  volumes:
    - { name: old, secret: { secretName: s, defaultMode: 0400 } }
    - { name: new, secret: { secretName: s, defaultMode: 0o400 } }
YAML
build_go sigs sigs.k8s.io/yaml@v1.6.0 <<'GO'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, err := os.ReadFile("pod.yaml")
	if err != nil {
		panic(err)
	}
	var pod struct {
		Spec struct {
			Volumes []struct {
				Secret struct{ DefaultMode int }
			}
		}
	}
	if err := yaml.Unmarshal(text, &pod); err != nil {
		panic(err)
	}
	fmt.Println(pod.Spec.Volumes[0].Secret.DefaultMode, pod.Spec.Volumes[1].Secret.DefaultMode)
}
GO
cat >modes.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { loadYaml } from '@kubernetes/client-node';
import { parse } from 'yaml';
const text = readFileSync('pod.yaml', 'utf8');
const read = process.argv[2] === 'yaml' ? parse : loadYaml;
console.log(...read(text).spec.volumes.map(({ secret }) => secret.defaultMode));
JS

expect 'sigs.k8s.io/yaml: 0400 and 0o400' "$(./sigs)" '256 256'
install_npm node@26.10.0 yaml@2.9.1 @kubernetes/client-node@1.4.0
expect 'client-node 1.4.0' "$(node modes.mjs)" '400 256'
expect 'npm yaml' "$(node modes.mjs yaml)" '400 256'
install_npm @kubernetes/client-node@2.0.1
expect 'client-node 2.0.1' "$(node modes.mjs)" '400 256'
