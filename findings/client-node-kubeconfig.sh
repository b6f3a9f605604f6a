#!/usr/bin/env bash
# With two files in KUBECONFIG, @kubernetes/client-node talks to another cluster than kubectl: the last
# current-context wins.
#
# Guess:     kubernetes.io, "Organizing Cluster Access Using kubeconfig Files": "the first file to set a particular
#            value or map key wins", and files that do not exist are passed over. loadFromDefault() of the official
#            JavaScript client does the same as kubectl.
# Version:   @kubernetes/client-node 2.0.1; k8s.io/client-go v0.37.2 (kubectl) beside it.
# Behaviour: current-context is the last file's in JavaScript and the first file's in Go, with the same KUBECONFIG. A
#            cluster (or user, or context) of one name in two files throws "Duplicate cluster: one", even where it is
#            the same file twice; a file that does not exist throws ENOENT. Go takes the first, and passes over what
#            is missing.
# Way out:   one file: `kubectl config view --flatten`.
# Time:      half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

install_npm node@26.10.0 @kubernetes/client-node@2.0.1
# config FILE NAME SERVER
config() {
  cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters: [{ name: $2, cluster: { server: "https://$3" } }]
users: [{ name: $2, user: { token: t } }]
contexts: [{ name: $2, context: { cluster: $2, user: $2 } }]
current-context: $2
YAML
}
config a one first.example
config b one second.example
config c two third.example
cat >load.mjs <<'JS'
import { KubeConfig } from '@kubernetes/client-node';
const config = new KubeConfig();
try {
  config.loadFromDefault();
  console.log(config.currentContext, config.getCurrentCluster().server, config.clusters.length);
} catch (error) {
  console.log(error.message);
}
JS
build_go load k8s.io/client-go@v0.37.2 <<'GO'
package main

import (
	"fmt"

	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	config, err := clientcmd.NewDefaultClientConfigLoadingRules().Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	context := config.Contexts[config.CurrentContext]
	fmt.Println(config.CurrentContext, config.Clusters[context.Cluster].Server, len(config.Clusters))
}
GO
both() {
  echo "client-node: $(KUBECONFIG=$1 node load.mjs)"
  echo "client-go: $(KUBECONFIG=$1 ./load 2>&1)"
}

first='one https://first.example 1'
expect 'two files, distinct names' "$(both a:c)" $'client-node: two https://third.example 2\nclient-go: one https://first.example 2'
expect 'one name in two files' "$(both a:b)" $'client-node: Duplicate cluster: one\nclient-go: '"$first"
expect 'one file twice' "$(both a:a)" $'client-node: Duplicate cluster: one\nclient-go: '"$first"
expect 'a missing file' "$(both a:missing)" "client-node: ENOENT: no such file or directory, open 'missing'
client-go: $first"
expect 'an empty part' "$(both :a)" "client-node: $first
client-go: $first"
