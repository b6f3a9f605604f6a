#!/usr/bin/env bash
# Helm installs a RuntimeClass after the pods that name it, and after the validating webhooks.
#
# Guess:     Helm sorts a release by kind so that what others need comes first: namespaces, quotas, PriorityClasses,
#            service accounts, roles, then workloads. A RuntimeClass is to a pod what a PriorityClass is (the API server
#            refuses a pod whose class does not exist), so it comes with them; so do the DeviceClass and the
#            ResourceClaimTemplate of dynamic resource allocation.
# Version:   Helm v4.3.2 (v3.22.0 did the same, but for the webhooks: there they come last).
# Behaviour: Kinds that are not in Helm's list come last, by alphabet: RuntimeClass, DeviceClass, ResourceClaimTemplate
#            and the admission policies stand behind every workload. With kube-apiserver 1.37.2 the installation of a
#            chart with a class and a pod of it fails (`pod rejected: RuntimeClass "kata" not found`) after the class
#            is made, so that the same command passes when repeated. Pods of a Deployment come when its controller
#            tries again. A webhook of the release is asked about the class, the claims and the policies of its own
#            release, since its configuration is in the list and they are not.
# Way out:   the class as a hook ("helm.sh/hook": pre-install,pre-upgrade), or in crds/, which takes any kind but is
#            never upgraded (both installed), or in a release of its own.
# Time:      one minute, up to five the first time (Helm is built).
. "$(dirname "$0")/setup.bash"

install_go helm.sh/helm/v4/cmd/helm@v4.3.2
mkdir -p chart/templates
printf 'apiVersion: v2\nname: chart\nversion: 0.1.0\n' >chart/Chart.yaml
cat >chart/templates/objects.yaml <<'YAML'
{ apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicy, metadata: { name: a } }
---
{ apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: { name: a } }
---
{ apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: { name: kata }, handler: kata }
---
{ apiVersion: resource.k8s.io/v1, kind: ResourceClaimTemplate, metadata: { name: a } }
---
{ apiVersion: resource.k8s.io/v1, kind: DeviceClass, metadata: { name: a } }
---
{ apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: { name: a }, value: 1 }
---
{ apiVersion: batch/v1, kind: Job, metadata: { name: a } }
---
{ apiVersion: v1, kind: Pod, metadata: { name: a }, spec: { runtimeClassName: kata } }
YAML

order() { ./bin/helm template x chart | grep -o 'kind: [A-Za-z]*' | cut -d' ' -f2 | paste -sd' '; }

expect 'the order of installation' "$(order)" \
  'PriorityClass Pod Job ValidatingWebhookConfiguration DeviceClass MutatingAdmissionPolicy ResourceClaimTemplate RuntimeClass'
