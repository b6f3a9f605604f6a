#!/usr/bin/env bash
# containerd says nothing of settings for a plugin that it does not have, and prints them as if they were in effect.
#
# Guess:     containerd warns of what it ignores ("Ignoring unknown key in TOML for plugin", since 2.0), and `containerd
#            config dump` prints the configuration that is in effect, as its help says. So a misspelt plugin id, or a table
#            that got into the quotes of one, shows in one of the two.
# Version:   containerd v2.4.2.
# Behaviour: It warns of a misspelt key in a plugin that it has, and never of a plugin that it has not. `config dump` prints
#            such a table among the others. [plugins."io.containerd.grpc.v1.cri.containerd.runtimes.x"], with the quotes
#            around too much, and plugins."io.containerd.cri.v1.runtimes", with an s too many, define no runtime; what is
#            seen of it is the pod that does not start: no runtime for "x" is configured.
# Way out:   Ask the running containerd (`crictl info`) whether the runtime is there, not the dump.
# Time:      about half a minute, some minutes the first time.
. "$(dirname "$0")/setup.bash"

install_go github.com/containerd/containerd/v2/cmd/containerd@v2.4.2

# A daemon with a configuration, in folders of its own, until it has loaded its plugins.
log_of() {
  printf '%s\n' "$1" >config.toml
  timeout 10 ./bin/containerd --config config.toml --root "$workspace/root" --state "$workspace/state" \
    --address "$workspace/containerd.sock" >log 2>&1 || true
  grep -q 'loading plugin' log || { cat log >&2; exit 2; }
  grep -o 'msg="Ignoring unknown key[^"]*"\|key="[^"]*nosuch"\|key=nosuch' log || echo 'no warning'
}

unknown='version = 3
[plugins."io.containerd.cri.v1.runtimes".containerd.runtimes.vm]
  runtime_type = "io.containerd.kata.v2"
[plugins."io.containerd.cri.v1.runtime.containerd.runtimes.vm2"]
  runtime_type = "io.containerd.kata.v2"'
known='version = 3
[plugins."io.containerd.cri.v1.runtime"]
  nosuch = true'

expect 'a misspelt key of a plugin that is there' "$(log_of "$known")" $'msg="Ignoring unknown key in TOML for plugin"\nkey=nosuch'
expect 'two plugins that are not there' "$(log_of "$unknown")" 'no warning'

printf '%s\n' "$unknown" >config.toml
expect 'both in the dump, beside the runtimes that are in effect' \
  "$(./bin/containerd --config config.toml config dump 2>/dev/null | grep -o "plugins.'io.containerd.cri.v1.runtime[^]]*runtimes.[a-z0-9]*'\?\]" | sort)" \
  "plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
plugins.'io.containerd.cri.v1.runtime.containerd.runtimes.vm2']
plugins.'io.containerd.cri.v1.runtimes'.containerd.runtimes.vm]"
