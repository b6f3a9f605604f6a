#!/usr/bin/env bash
# In Helm 4 a null for a subchart in its parent's values.yaml takes effect only where the user sets something in that
# subchart, no matter what.
#
# Guess:     Helm's documentation: a key is deleted from the default values by overriding it with null. Helm 3 did so
#            for a parent chart's values.yaml too, which is how an umbrella chart takes a nodeSelector or a probe off a
#            chart that it wraps. Helm 4 does the same, and whether a default is deleted depends on that key alone.
# Version:   Helm v4.3.2 (v3.22.0 deletes the defaults in all these cases).
# Behaviour: Helm 4 keeps the subchart's default. `--set sub.replicas=2`, or any other value of that subchart, makes
#            the nulls work; a value elsewhere or a global does not. So the same chart renders another nodeSelector
#            for each who sets an unrelated value, and an upgrade from Helm 3 brings deleted defaults back, silently.
# Way out:   the nulls in a file given with -f, or any value of the subchart there.
# Time:      one minute, up to five the first time (Helm is built).
. "$(dirname "$0")/setup.bash"

install_go helm.sh/helm/v4/cmd/helm@v4.3.2
mkdir -p chart/charts/sub/templates
printf 'apiVersion: v2\nname: chart\nversion: 0.1.0\n' >chart/Chart.yaml
printf 'apiVersion: v2\nname: sub\nversion: 0.1.0\n' >chart/charts/sub/Chart.yaml
printf 'nodeSelector: { disk: ssd }\nprobe: /healthy\nreplicas: 1\n' >chart/charts/sub/values.yaml
printf 'sub: { nodeSelector: { disk: null }, probe: null }\n' >chart/values.yaml
echo 'values: {{ omit .Values "global" | toJson }}' >chart/charts/sub/templates/values.yaml

# sub OPTION...: the values that the subchart's templates see.
sub() { ./bin/helm template x chart "$@" | grep '^values:'; }

kept='values: {"nodeSelector":{"disk":"ssd"},"probe":"/healthy","replicas":1}'
expect 'no options' "$(sub)" "$kept"
expect 'a value elsewhere' "$(sub --set other=2)" "$kept"
expect 'a global' "$(sub --set global.other=2)" "$kept"
expect 'another value of the subchart' "$(sub --set sub.replicas=2)" 'values: {"nodeSelector":{},"replicas":2}'
expect "the parent's values.yaml, given once more" "$(sub -f chart/values.yaml)" 'values: {"nodeSelector":{},"replicas":1}'
