#!/usr/bin/env bash
# In `helm template`, .Capabilities.APIVersions.Has "GROUP/VERSION/KIND" is false for every kind there is.
#
# Guess:     Helm's documentation of built-in objects says that Has takes a version ("batch/v1") or a resource
#            ("apps/v1/Deployment"). `helm template` knows the API versions of the Kubernetes it was built with, so
#            both forms are true for a Deployment.
# Version:   Helm v4.3.2 (v3.22.0 did the same).
# Behaviour: Without a cluster the list has groups and versions only. The form with a kind, the only way to ask
#            whether a server has MutatingAdmissionPolicy in admissionregistration.k8s.io/v1, is false for a Pod too:
#            what stands behind it is missing from what GitOps tools render with `helm template`, and there with `helm
#            install`. Nothing is said.
# Way out:   --api-versions admissionregistration.k8s.io/v1/MutatingAdmissionPolicy.
# Time:      one minute, up to five the first time (Helm is built).
. "$(dirname "$0")/setup.bash"

install_go helm.sh/helm/v4/cmd/helm@v4.3.2
mkdir -p chart/templates
printf 'apiVersion: v2\nname: chart\nversion: 0.1.0\n' >chart/Chart.yaml
cat >chart/templates/has.yaml <<'YAML'
{{- range list "v1" "v1/Pod" "apps/v1" "apps/v1/Deployment" "node.k8s.io/v1" "node.k8s.io/v1/RuntimeClass" }}
{{ . }}: {{ $.Capabilities.APIVersions.Has . }}
{{- end }}
YAML
render() { ./bin/helm template x chart "$@" | grep -v -e '^---' -e '^# Source' -e '^$'; }

expect 'versions and kinds' "$(render)" 'v1: true
v1/Pod: false
apps/v1: true
apps/v1/Deployment: false
node.k8s.io/v1: true
node.k8s.io/v1/RuntimeClass: false'
expect 'with --api-versions' "$(render --api-versions node.k8s.io/v1/RuntimeClass | tail -1)" 'node.k8s.io/v1/RuntimeClass: true'
