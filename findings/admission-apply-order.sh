#!/usr/bin/env bash
# An ApplyConfiguration that names two init containers, or two variables, may change the order of all of them.
#
# Guess:     "ApplyConfiguration performs server-side apply": a list with keys is merged by key, an entry that the
#            policy names keeps its place, and a new one is appended. Order matters in these lists: init containers
#            run in it, and $(NAME) in a variable sees only those before it.
# Version:   k8s.io/apiserver v0.37.2 (pkg/admission/plugin/policy/mutating/patch, on structured-merge-diff).
#            kube-apiserver 1.37.2 answered the same for a MutatingAdmissionPolicy.
# Behaviour: The policy's order wins, and entries that it does not name move in front of those that were before them:
#            naming b and a of a, b, c, d gives b, c, d, a. So a policy that only sets a field on two init containers
#            runs them in another order, and one that sets LEVEL and HOST leaves $(HOST) in another variable
#            unexpanded. A name that is there twice (valid, the last counts) becomes one where the policy names it.
#            Nothing is said of either.
# Way out:   map over the object's own list (object.spec.initContainers.map(c, ...)), or name them in its order. The
#            same rule puts a new one first: name it and then the first one.
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

build_go apply k8s.io/apiserver@v0.37.2 k8s.io/client-go@v0.37.2 k8s.io/api@v0.37.2 k8s.io/apimachinery@v0.37.2 <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/admission/plugin/policy/mutating/patch"
	"k8s.io/client-go/applyconfigurations"
)

// pod has init containers (`a b`) or, where the words have a `=`, one container with these variables.
func pod(words string) *unstructured.Unstructured {
	var containers, variables []any
	for _, word := range strings.Fields(words) {
		name, value, isVariable := strings.Cut(word, "=")
		if isVariable {
			variables = append(variables, map[string]any{"name": name, "value": value})
		} else {
			containers = append(containers, map[string]any{"name": name})
		}
	}
	spec := map[string]any{"initContainers": containers}
	if variables != nil {
		spec = map[string]any{"containers": []any{map[string]any{"name": "main", "env": variables}}}
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "pod"}, "spec": spec}}
}

func main() {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		panic(err)
	}
	merged, err := patch.ApplyStructuredMergeDiff(applyconfigurations.NewTypeConverter(scheme), pod(os.Args[1]), pod(os.Args[2]))
	if err != nil {
		panic(err)
	}
	result := &corev1.Pod{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(merged.(*unstructured.Unstructured).Object, result); err != nil {
		panic(err)
	}
	var words []string
	for _, container := range result.Spec.InitContainers {
		words = append(words, container.Name)
	}
	for _, container := range result.Spec.Containers {
		for _, variable := range container.Env {
			words = append(words, variable.Name+"="+variable.Value)
		}
	}
	fmt.Println(strings.Join(words, " "))
}
GO

for case in 'c:a b c d' 'a c:a b c d' 'b a:b c d a' 'd a:b c d a' 'c a new:b c d a new' 'new:a b c d new' 'new a:new a b c d'; do
  expect "init containers a b c d, the policy names ${case%:*}" "$(./apply 'a b c d' "${case%:*}")" "${case#*:}"
done
expect 'variables' "$(./apply 'HOST=h URL=http://$(HOST)/ LEVEL=info' 'LEVEL=debug HOST=other')" \
  'URL=http://$(HOST)/ LEVEL=debug HOST=other'
expect 'a variable twice, and the policy sets another' "$(./apply 'A=1 A=2' 'B=3')" 'A=1 A=2 B=3'
expect 'a variable twice, and the policy sets it' "$(./apply 'A=1 A=2 B=$(A)' 'A=3')" 'A=3 B=$(A)'
