#!/usr/bin/env bash
# @kubernetes/client-node 2: loadYaml drops all that a manifest merges in with <<, without a word.
#
# Guess:     loadYaml is the JavaScript client's `kubectl -f`: it reads anchors and merge keys as kubectl does, and as
#            client-node 1 did. What it cannot read it refuses.
# Version:   @kubernetes/client-node 2.0.1 (on js-yaml 5); 1.4.0 (on js-yaml 4) beside it.
# Behaviour: js-yaml 5 reads YAML 1.2's core schema, where << is a key like any other, and client-node's serializer
#            then drops keys that a container does not have. The second container below is left with its name: no
#            image, no limits and no securityContext. Where only the securityContext is merged in, the API server
#            takes the pod. The same manifest is whole in 1.4.0 and in kubectl.
# Way out:   loadYaml(text, { schema: YAML11_SCHEMA }), with that schema of js-yaml 5 (yaml-dialects.sh: it has traps
#            of its own).
# Time:      half a minute.
. "$(dirname "$0")/setup.bash"

cat >load.mjs <<'JS'
import { loadYaml } from '@kubernetes/client-node';
const pod = loadYaml(`
apiVersion: v1
kind: Pod
metadata: { name: pod }
spec:
  containers:
    - &first
      name: first
      image: image
      securityContext: { runAsNonRoot: true }
    - <<: *first
      name: second
`);
console.log(JSON.stringify(pod.spec.containers[1]));
JS

install_npm node@26.10.0 @kubernetes/client-node@1.4.0
expect 'client-node 1.4.0' "$(node load.mjs)" '{"image":"image","name":"second","securityContext":{"runAsNonRoot":true}}'
install_npm @kubernetes/client-node@2.0.1
expect 'client-node 2.0.1' "$(node load.mjs)" '{"name":"second"}'

install_npm js-yaml@5.5.0
sed -e "1a import { YAML11_SCHEMA } from 'js-yaml';" -e 's/^`);$/`, { schema: YAML11_SCHEMA });/' load.mjs >load11.mjs
expect "client-node 2.0.1 with js-yaml's YAML 1.1 schema" "$(node load11.mjs)" \
  '{"image":"image","name":"second","securityContext":{"runAsNonRoot":true}}'
