#!/usr/bin/env bash
# containerd drops a registry mirror without a word where hosts.toml does not name it in a [host."..."] header.
#
# Guess:     TOML knows three ways to write one table: a header, an inline table, dotted keys. toml.io says that they
#            define the same data, so containerd reads the same mirrors from all three.
# Version:   containerd v2.4.2 (core/remotes/docker/config, as its CRI plugin uses it).
# Behaviour: Only mirrors with a header of their own are used. Written inline or dotted they are decoded, but then
#            left out: no error, no warning, every pull goes to the upstream registry. For a node that may reach
#            nothing but the mirror, that is an image that cannot be pulled; for the others, a mirror that nobody
#            uses. A header of a sub-table alone ([host."...".header]) does count. Writers that choose inline tables
#            by themselves make such files out of good data. Also: capabilities = [] is not "none" but all of them,
#            push included, as if the line were missing.
# Time:      about half a minute, four the first time.
. "$(dirname "$0")/setup.bash"

build_go hosts github.com/containerd/containerd/v2@v2.4.2 <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/containerd/containerd/v2/core/remotes/docker/config"
)

func main() {
	root, err := os.MkdirTemp(".", "certs.d")
	if err != nil {
		panic(err)
	}
	dir := filepath.Join(root, "registry.example")
	if err := os.Mkdir(dir, 0o755); err != nil {
		panic(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "hosts.toml"), []byte(os.Args[1]), 0o644); err != nil {
		panic(err)
	}
	hosts := config.ConfigureHosts(context.Background(), config.HostOptions{HostDir: config.HostDirFromRoot(root)})
	found, err := hosts("registry.example")
	if err != nil {
		panic(err)
	}
	for _, host := range found {
		fmt.Println(host.Host)
	}
	fmt.Println("first may push:", found[0].Capabilities.Has(docker.HostCapabilityPush))
}
GO

upstream=$'registry.example\nfirst may push: true'
both=$'m2.example\nm1.example\nregistry.example\nfirst may push: false'

expect 'headers: the mirrors in the order of the file, then upstream' "$(./hosts '
[host."https://m2.example"]
capabilities = ["pull"]
[host."https://m1.example"]
capabilities = ["pull"]
')" "$both"

expect 'inline tables under [host]: no mirror' "$(./hosts '
[host]
"https://m2.example" = { capabilities = ["pull"] }
"https://m1.example" = { capabilities = ["pull"] }
')" "$upstream"

expect 'dotted keys: no mirror' "$(./hosts '
host."https://m2.example".capabilities = ["pull"]
host."https://m1.example".capabilities = ["pull"]
')" "$upstream"

expect 'one inline table: no mirror' "$(./hosts '
host = { "https://m2.example" = { capabilities = ["pull"] }, "https://m1.example" = { capabilities = ["pull"] } }
')" "$upstream"

expect 'a header of a sub-table is enough' "$(./hosts '
[host."https://m2.example".header]
x-from = "here"
')" $'m2.example\nregistry.example\nfirst may push: true'

expect 'an empty list of capabilities' "$(./hosts '
[host."https://m2.example"]
capabilities = []
')" $'m2.example\nregistry.example\nfirst may push: true'
