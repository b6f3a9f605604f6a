#!/usr/bin/env bash
# The same strategic merge patch adds a matchCondition with kubectl and drops all others with kustomize.
#
# Guess:     kustomize's patches are strategic merge patches, those of `kubectl patch --type strategic`: lists with a
#            merge key are merged by it. matchConditions are merged by name since Kubernetes 1.27, and kustomize knows
#            that webhooks are.
# Version:   sigs.k8s.io/kustomize/api v0.21.2 (kustomize v5.8), k8s.io/apimachinery v0.37.2. kubectl 1.37.2's
#            `kustomize` and `patch --local` gave the same two answers.
# Behaviour: kustomize takes merge keys from the OpenAPI document that is built into it, of Kubernetes 1.21: what is
#            younger is a list without a key there, and replaced as a whole. A patch that adds a condition to a
#            webhook, or to an admission policy, takes away those that were there: the webhook is asked about all
#            that they kept from it. So with schedulingGates and resourceClaims of a pod. Lists of 1.21 (webhooks,
#            env, topologySpreadConstraints) are merged. Nothing is said.
# Way out:   a JSON patch: `add` at /webhooks/0/matchConditions/-.
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

build_go patch sigs.k8s.io/kustomize/api@v0.21.2 k8s.io/api@v0.37.2 k8s.io/apimachinery@v0.37.2 <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

var types = map[string]any{
	"Pod":                            corev1.Pod{},
	"ValidatingWebhookConfiguration": admissionv1.ValidatingWebhookConfiguration{},
	"ValidatingAdmissionPolicy":      admissionv1.ValidatingAdmissionPolicy{},
	"MutatingAdmissionPolicy":        admissionv1.MutatingAdmissionPolicy{},
}

// names are those of the entries of the first list below the path of keys.
func names(text []byte, path []string) (found []string) {
	var at any
	if err := json.Unmarshal(text, &at); err != nil {
		panic(err)
	}
	for _, key := range path {
		if list, isList := at.([]any); isList {
			at = list[0]
		}
		at = at.(map[string]any)[key]
	}
	for _, entry := range at.([]any) {
		found = append(found, entry.(map[string]any)["name"].(string))
	}
	return found
}

// object nests lists (the last key) of one entry with this name below the keys; all but spec are lists of one entry.
func object(kind string, path []string, name string) []byte {
	value := any([]any{map[string]any{"name": name}})
	for i := len(path) - 1; i >= 0; i-- {
		within := map[string]any{path[i]: value}
		value = within
		if i > 0 && path[i-1] != "spec" {
			within["name"] = "a"
			value = []any{within}
		}
	}
	whole := value.(map[string]any)
	whole["apiVersion"] = "admissionregistration.k8s.io/v1"
	if kind == "Pod" {
		whole["apiVersion"] = "v1"
	}
	whole["kind"] = kind
	whole["metadata"] = map[string]any{"name": "a"}
	text, err := json.Marshal(whole)
	if err != nil {
		panic(err)
	}
	return text
}

func main() {
	kind, path := os.Args[1], os.Args[2:]
	before, change := object(kind, path, "one"), object(kind, path, "two")

	merged, err := strategicpatch.StrategicMergePatch(before, change, types[kind])
	if err != nil {
		panic(err)
	}
	files := filesys.MakeFsInMemory()
	for name, text := range map[string][]byte{
		"object.yaml": before, "patch.yaml": change,
		"kustomization.yaml": []byte("resources: [object.yaml]\npatches: [{ path: patch.yaml }]\n"),
	} {
		if err := files.WriteFile(name, text); err != nil {
			panic(err)
		}
	}
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, ".")
	if err != nil {
		panic(err)
	}
	kustomized, err := built.Resources()[0].MarshalJSON()
	if err != nil {
		panic(err)
	}
	fmt.Println("kubectl patch", names(merged, path), "kustomize", names(kustomized, path))
}
GO

merged='kubectl patch [two one] kustomize [two one]'
replaced='kubectl patch [two one] kustomize [two]'
expect 'matchConditions of a webhook' "$(./patch ValidatingWebhookConfiguration webhooks matchConditions)" "$replaced"
for list in matchConditions variables; do
  expect "$list of a validating policy" "$(./patch ValidatingAdmissionPolicy spec $list)" "$replaced"
done
expect 'matchConditions of a mutating policy' "$(./patch MutatingAdmissionPolicy spec matchConditions)" "$replaced"
for list in schedulingGates resourceClaims; do
  expect "$list of a pod" "$(./patch Pod spec $list)" "$replaced"
done
expect 'variables of a container' "$(./patch Pod spec containers env)" "$merged"
