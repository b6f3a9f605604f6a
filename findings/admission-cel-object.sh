#!/usr/bin/env bash
# In admission policies `object` is not the `self` of a CRD: the documented escapes do not exist, sets have an order,
# and a number that happens to be whole is an int.
#
# Guess:     The API reference of ValidatingAdmissionPolicy's validations[].expression: a property named "namespace"
#            is accessed as object.__namespace__, "x-prop" as object.x__dash__prop, "redact__d" as
#            object.redact__underscores__d; "equality on arrays with list type of 'set' ignores element order". And as
#            in a CRD's rules a field of type number is a double.
# Version:   k8s.io/apiserver v0.37.2 (pkg/admission/plugin/cel: the matchConditions of webhooks and both kinds of
#            policy).
# Behaviour: None of it. Escaped names are "no such key", and has() of them is false for every object: a rule that
#            begins with !has(object.spec.x__dash__prop) passes all, silently; kube-apiserver 1.37.2 did so, and its
#            type check (status.typeChecking) had no warning. The plain name works, even `object.spec.namespace` and
#            `object.spec.if`; others by index or in backquotes. Finalizers in another order are not equal. A custom
#            resource's `ratio: 1` cannot be multiplied by 2.0 where 1.5 can: "no such overload", which under
#            failurePolicy Fail refuses just those objects.
# Way out:   object.spec['x-prop'], sets.equivalent(a, b), double(object.spec.ratio).
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

build_go evaluate k8s.io/apiserver@v0.37.2 k8s.io/api@v0.37.2 k8s.io/apimachinery@v0.37.2 <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/google/cel-go/cel"
	admissionv1 "k8s.io/api/admission/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	limits "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

const object = `{
  "apiVersion": "example.com/v1", "kind": "Thing",
  "metadata": {"name": "thing", "finalizers": ["example.com/a", "example.com/b"]},
  "spec": {"namespace": "n", "if": "i", "x-prop": "x", "redact__d": "r", "ratio": 1, "other": 1.5}
}`

type expression string

func (e expression) GetExpression() string      { return string(e) }
func (e expression) ReturnTypes() []*cel.Type { return []*cel.Type{cel.AnyType} }

func main() {
	thing := &unstructured.Unstructured{}
	if err := thing.UnmarshalJSON([]byte(object)); err != nil {
		panic(err)
	}
	kind := schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Thing"}
	resource := schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "things"}
	request := &admission.VersionedAttributes{
		Attributes: admission.NewAttributesRecord(
			thing, nil, kind, "", "thing", resource, "", admission.Create, nil, false, nil),
		VersionedKind:   kind,
		VersionedObject: admission.NewLazyObject(thing),
	}
	compiler := plugin.NewConditionCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	for _, text := range os.Args[1:] {
		condition := compiler.CompileCondition(
			[]plugin.ExpressionAccessor{expression(text)}, plugin.OptionalVariableDeclarations{}, environment.StoredExpressions)
		results, _, err := condition.ForInput(context.Background(), request, &admissionv1.AdmissionRequest{},
			plugin.OptionalVariableBindings{}, nil, limits.RuntimeCELCostBudget)
		if err != nil {
			panic(err)
		}
		if results[0].Error != nil {
			_, why, _ := strings.Cut(results[0].Error.Error(), "resulted in error: ")
			fmt.Printf("%s: %s\n", text, why)
			continue
		}
		fmt.Printf("%s: %v\n", text, results[0].EvalResult.Value())
	}
}
GO

expect 'escapes' "$(./evaluate object.spec.__namespace__ object.spec.x__dash__prop object.spec.redact__underscores__d \
  'has(object.spec.__namespace__)' 'has(object.spec.x__dash__prop)')" 'object.spec.__namespace__: no such key: __namespace__
object.spec.x__dash__prop: no such key: x__dash__prop
object.spec.redact__underscores__d: no such key: redact__underscores__d
has(object.spec.__namespace__): false
has(object.spec.x__dash__prop): false'
expect 'what works' "$(./evaluate object.spec.namespace object.spec.if "object.spec['x-prop']" 'object.spec.`x-prop`' \
  'has(object.spec.`x-prop`)' object.spec.redact__d)" "object.spec.namespace: n
object.spec.if: i
object.spec['x-prop']: x
object.spec.\`x-prop\`: x
has(object.spec.\`x-prop\`): true
object.spec.redact__d: r"
set="['example.com/b', 'example.com/a']"
expect 'a set in another order' "$(./evaluate "object.metadata.finalizers == $set" "sets.equivalent(object.metadata.finalizers, $set)")" \
  "object.metadata.finalizers == $set: false
sets.equivalent(object.metadata.finalizers, $set): true"
expect 'a whole number' "$(./evaluate 'object.spec.other * 2.0' 'object.spec.ratio * 2.0' 'object.spec.ratio < 1.5' \
  'double(object.spec.ratio) * 2.0')" 'object.spec.other * 2.0: 3
object.spec.ratio * 2.0: no such overload
object.spec.ratio < 1.5: true
double(object.spec.ratio) * 2.0: 2'
