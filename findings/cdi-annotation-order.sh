#!/usr/bin/env bash
# CDI devices of two annotations are injected in a random order, so the same pod may get either device's environment.
#
# Guess:     cdi.k8s.io/ annotations are applied in a fixed order, sorted by key, so that a pod with two of them looks
#            the same each time it is created; where two devices set one variable, the same one always wins.
# Version:   tags.cncf.io/container-device-interface v1.1.2 (pkg/cdi).
# Behaviour: ParseAnnotations walks a Go map: the devices come in either order, and InjectDevices applies them in that
#            order. The later value of a variable replaces the earlier one, so one annotation set gives FROM=a in some
#            containers and FROM=b in others. Within one annotation ("a,b") the order is kept. Mounts and hooks come
#            in either order too.
# Way out:   all devices in one annotation.
# Time:      a quarter of a minute.
. "$(dirname "$0")/setup.bash"

build_go inject tags.cncf.io/container-device-interface@v1.1.2 <<'GO'
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"tags.cncf.io/container-device-interface/pkg/cdi"
)

const devices = `
cdiVersion: 0.6.0
kind: vendor.example/device
devices:
  - name: a
    containerEdits: { env: [FROM=a] }
  - name: b
    containerEdits: { env: [FROM=b] }
`

// Injects the devices of one set of annotations 200 times and prints the different environments that came out.
func environments(cache *cdi.Cache, annotations map[string]string) string {
	seen := map[string]bool{}
	for range 200 {
		_, names, err := cdi.ParseAnnotations(annotations)
		if err != nil {
			panic(err)
		}
		spec := &specs.Spec{}
		if _, err := cache.InjectDevices(spec, names...); err != nil {
			panic(err)
		}
		seen[strings.Join(spec.Process.Env, " ")] = true
	}
	var all []string
	for environment := range seen {
		all = append(all, environment)
	}
	sort.Strings(all)
	return strings.Join(all, " | ")
}

func main() {
	directory, err := os.MkdirTemp(".", "cdi")
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(directory+"/devices.yaml", []byte(devices), 0o644); err != nil {
		panic(err)
	}
	cache, err := cdi.NewCache(cdi.WithSpecDirs(directory), cdi.WithAutoRefresh(false))
	if err != nil {
		panic(err)
	}
	a, b := "vendor.example/device=a", "vendor.example/device=b"
	fmt.Println("two annotations:", environments(cache, map[string]string{"cdi.k8s.io/1": a, "cdi.k8s.io/2": b}))
	fmt.Println("one annotation:", environments(cache, map[string]string{"cdi.k8s.io/1": a + "," + b}))
}
GO

# 200 runs miss one of the two orders with a chance of 1 in 2^199 or so.
expect 'environments of 200 containers' "$(./inject)" $'two annotations: FROM=a | FROM=b\none annotation: FROM=b'
