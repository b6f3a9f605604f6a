#!/usr/bin/env bash
# Kubernetes 1.37: in policies two pod specs are `==` though their limits are not, and a matchCondition of `true`
# changes what a mutation computes.
#
# Guess:     `==` in a policy compares the objects' JSON, as CEL does with maps: two specs are equal exactly when all
#            their parts are. A MutatingAdmissionPolicy's mutations compute the same with and without matchConditions
#            that are true.
# Version:   k8s.io/apiserver v0.37.2 (pkg/admission/plugin/cel). kube-apiserver 1.37.2 answered the same on a pod
#            whose memory limit was replaced: "1024" by "1Ki".
# Behaviour: Since 1.37 conditions (validations, matchConditions of policies and of webhooks) see built-in objects
#            through reflection, where two structs are compared by Go's semantic equality: quantities by their amount,
#            an absent list as an empty one. Maps and strings are still compared as JSON. So object.spec ==
#            oldObject.spec is true while object.spec.containers[0].resources.limits ==
#            oldObject.spec.containers[0].resources.limits is false; `in` and sets.equivalent on containers follow the
#            former. A mutation's expressions see plain JSON, where the specs differ, until a matchCondition of the
#            same policy has been evaluated: then they see what that saw. Adding `matchConditions: [{ name: x,
#            expression: "true" }]` turned a mutation's "false" into "true".
# Way out:   compare the parts that matter, and quantities by quantity(a).compareTo(quantity(b)).
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

build_go evaluate k8s.io/apiserver@v0.37.2 k8s.io/api@v0.37.2 k8s.io/apimachinery@v0.37.2 <<'GO'
package main

import (
	"context"
	"fmt"

	"github.com/google/cel-go/cel"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	limits "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

type expression string

func (e expression) GetExpression() string      { return string(e) }
func (e expression) ReturnTypes() []*cel.Type { return []*cel.Type{cel.AnyType} }

func pod(memory string) *corev1.Pod {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}
	pod.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(memory)}
	return pod
}

// The replacement of a pod by one whose limit is written otherwise.
func update() *admission.VersionedAttributes {
	before, after := pod("1024"), pod("1Ki")
	kind := corev1.SchemeGroupVersion.WithKind("Pod")
	return &admission.VersionedAttributes{
		Attributes: admission.NewAttributesRecord(
			after, before, kind, "n", "p", corev1.SchemeGroupVersion.WithResource("pods"), "", admission.Update, nil, false, nil),
		VersionedKind:      kind,
		VersionedObject:    admission.NewLazyObject(after),
		VersionedOldObject: admission.NewLazyObject(before),
	}
}

var compiler = plugin.NewCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))

func compile(text string) plugin.CompilationResult {
	return compiler.CompileCELExpression(expression(text), plugin.OptionalVariableDeclarations{}, environment.StoredExpressions)
}

func condition(request *admission.VersionedAttributes, text string) any {
	results, _, err := plugin.NewCondition([]plugin.CompilationResult{compile(text)}).ForInput(context.Background(), request,
		&admissionv1.AdmissionRequest{}, plugin.OptionalVariableBindings{}, nil, limits.RuntimeCELCostBudget)
	if err != nil {
		panic(err)
	}
	return results[0].EvalResult.Value()
}

func mutation(request *admission.VersionedAttributes, text string) any {
	result, _, err := plugin.NewMutatingEvaluator(compile(text)).ForInput(context.Background(), request,
		&admissionv1.AdmissionRequest{}, plugin.OptionalVariableBindings{}, nil, limits.RuntimeCELCostBudget)
	if err != nil {
		panic(err)
	}
	return result.EvalResult.Value()
}

func main() {
	for _, text := range []string{
		"object.spec == oldObject.spec",
		"object.spec.containers[0] in oldObject.spec.containers",
		"object.spec.containers[0].resources == oldObject.spec.containers[0].resources",
		"object.spec.containers[0].resources.limits == oldObject.spec.containers[0].resources.limits",
	} {
		matched := update()
		condition(matched, "true")
		fmt.Printf("%s: condition %v, mutation %v, mutation after a matchCondition %v\n",
			text, condition(update(), text), mutation(update(), text), mutation(matched, text))
	}
}
GO

expect 'the same pods compared' "$(./evaluate)" 'object.spec == oldObject.spec: condition true, mutation false, mutation after a matchCondition true
object.spec.containers[0] in oldObject.spec.containers: condition true, mutation false, mutation after a matchCondition true
object.spec.containers[0].resources == oldObject.spec.containers[0].resources: condition true, mutation false, mutation after a matchCondition true
object.spec.containers[0].resources.limits == oldObject.spec.containers[0].resources.limits: condition false, mutation false, mutation after a matchCondition false'
