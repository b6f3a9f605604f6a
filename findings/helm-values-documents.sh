#!/usr/bin/env bash
# Helm 4 merges all documents of a values file, of which Helm 3 read the first.
#
# Guess:     A values file is one YAML document. With a second one, Helm refuses it, or has one rule for it: the same
#            in Helm 3 and 4.
# Version:   Helm v4.3.2 (and v3.22.0, as said).
# Behaviour: Helm 3 reads the first document and says nothing of the rest: where a comment closed by `---` stands
#            first (a licence, a generator's header) no value of the file is read. Helm 4 merges the documents as if
#            each were a -f of its own: the later wins, and its null deletes. So Helm 4 turns on what lay dead in the
#            file under Helm 3. This goes for a file given with -f and for the chart's own values.yaml. `helm lint
#            --strict` of both is silent.
# Way out:   one document in a file, and -f given twice.
# Time:      one minute, up to five the first time (Helm is built).
. "$(dirname "$0")/setup.bash"

install_go helm.sh/helm/v4/cmd/helm@v4.3.2
mkdir -p chart/templates
printf 'apiVersion: v2\nname: chart\nversion: 0.1.0\n' >chart/Chart.yaml
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: values }\ndata: {{ toJson .Values }}\n' >chart/templates/values.yaml
printf 'of: chart\n---\nruntimeClassName: kata\n' >chart/values.yaml
printf '# Licence\n---\n# The values\n---\nreplicas: 2\n' >comment-first.yaml
printf 'limits: { cpu: 1 }\n---\nlimits: { memory: 1Gi }\n---\nof: null\n' >three.yaml

# values OPTION...: what a template sees, and whether lint is content.
values() {
  ./bin/helm template x chart "$@" | grep '^data:'
  ./bin/helm lint --strict --quiet chart "$@" && echo 'lint: no word'
}

expect 'values.yaml' "$(values)" 'data: {"of":"chart","runtimeClassName":"kata"}
lint: no word'
expect '-f, a comment first' "$(values -f comment-first.yaml)" 'data: {"of":"chart","replicas":2,"runtimeClassName":"kata"}
lint: no word'
expect '-f, three documents' "$(values -f three.yaml)" 'data: {"limits":{"cpu":1,"memory":"1Gi"},"runtimeClassName":"kata"}
lint: no word'
