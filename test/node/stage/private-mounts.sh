#!/bin/sh
# Run in the node's own mount namespace, before anything of it: what kubelet, containerd, its shims and its plugins write outside
# of the folders that they are given goes to memory, and is gone with the namespace. Some of it belongs to a node that this machine
# may be: a kubelet empties its folder of device plugins, containerd takes the place of another's socket for NRI, and shims and OCI
# runtimes keep sockets and state in one folder for all. "$@" is the command to go on with.
set -e
for folder in \
  /opt/containerd \
  /run/containerd /run/netns /run/nri \
  /usr/libexec/kubernetes \
  /var/lib/cni /var/lib/kubelet \
  /var/log/containers /var/log/pods; do
  mkdir -p "$folder"
  mount -t tmpfs -o mode=755 tmpfs "$folder"
done
# crun refuses a hierarchy of both versions.
if [ -d /sys/fs/cgroup/unified ]; then umount /sys/fs/cgroup/unified; fi
# This is the first process of its namespace: it takes over what others leave behind, which a shell waits for, and signals
# reach only what asks for them.
"$@" &
trap 'kill -TERM $!' TERM INT HUP
wait $!
