#!/usr/bin/env bash
# kustomize's namePrefix renames a RuntimeClass and a MutatingAdmissionPolicy, and leaves all that names them as it
# was.
#
# Guess:     namePrefix "is applied to the names of all resources and references to them" (its documentation). It does
#            so for a pod's PriorityClass and for a ValidatingAdmissionPolicyBinding's policy; RuntimeClass has been
#            stable since Kubernetes 1.20 and MutatingAdmissionPolicy looks just like the validating one, so these
#            follow too.
# Version:   sigs.k8s.io/kustomize/api v0.21.2 (kustomize v5.8).
# Behaviour: runtimeClassName stays `kata` while the class becomes `px-kata`: every such pod is refused. The mutating
#            binding's policyName stays too, so that the policy is bound by nothing and does nothing, silently. A
#            generated ConfigMap gets its hash, the paramRef of a validating binding keeps the bare name. And
#            `namespace:` gives a namespace to both mutating kinds, which are cluster-wide.
# Way out:   nameReference and fieldSpecs in a configurations: file; or no prefix where classes and policies are
#            named.
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

build_go kustomize sigs.k8s.io/kustomize/api@v0.21.2 <<'GO'
package main

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "app")
	if err != nil {
		panic(err)
	}
	text, err := built.AsYaml()
	if err != nil {
		panic(err)
	}
	fmt.Print(string(text))
}
GO
mkdir app
cat >app/kustomization.yaml <<'YAML'
namePrefix: px-
namespace: here
resources: [objects.yaml]
configMapGenerator: [{ name: params, literals: [a=b] }]
YAML
cat >app/objects.yaml <<'YAML'
{ apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: { name: high }, value: 1 }
---
{ apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: { name: kata }, handler: kata }
---
apiVersion: v1
kind: Pod
metadata: { name: pod }
spec: { priorityClassName: high, runtimeClassName: kata, containers: [{ name: c, image: i }] }
---
{ apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: { name: validate } }
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: { name: validate }
spec: { policyName: validate, paramRef: { name: params } }
---
{ apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicy, metadata: { name: mutate } }
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: { name: mutate }
spec: { policyName: mutate }
YAML

expect 'what is renamed, and which namespaces are given' \
  "$(./kustomize | grep -E '^kind:|^  (name|namespace):|ClassName:|policyName:|^    name: params' | sed 's/^ *//')" 'kind: PriorityClass
name: px-high
kind: RuntimeClass
name: px-kata
kind: Pod
name: px-pod
namespace: here
priorityClassName: px-high
runtimeClassName: kata
kind: ValidatingAdmissionPolicy
name: px-validate
kind: ValidatingAdmissionPolicyBinding
name: px-validate
name: params
policyName: px-validate
kind: MutatingAdmissionPolicy
name: px-mutate
namespace: here
kind: MutatingAdmissionPolicyBinding
name: px-mutate
namespace: here
policyName: mutate
kind: ConfigMap
name: px-params-4h2mbtbbt6
namespace: here'
