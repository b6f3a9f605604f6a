#!/bin/sh
# Runs a program in a root file system of its own, as a container runtime would: the machine's programs and libraries,
# /app and the pod's volumes, all of it read-only but for the volumes that are not. It runs in a mount namespace that
# goes away with it. MEMORY is the limit that the program finds where a container finds its own, in bytes, or `none`: a
# runtime lays out its heap by it. Nothing holds the program to it.
#
# usage: pod-sandbox.sh ROOT UID APP NODE MEMORY [SOURCE TARGET ro|rw]... -- COMMAND [ARGUMENT]...
set -eu
root=$1 uid=$2 app=$3 node=$4 memory=$5
shift 5

mount -t tmpfs tmpfs "$root"
for directory in usr bin sbin lib lib64 etc dev proc; do
  if [ -L "/$directory" ]; then
    cp -P "/$directory" "$root/$directory"
  elif [ -d "/$directory" ]; then
    mkdir "$root/$directory"
    mount --rbind "/$directory" "$root/$directory"
  fi
done
mkdir "$root/app" "$root/node"
mount --bind "$app" "$root/app"
mount --bind "$node" "$root/node"
while [ "$1" != -- ]; do
  mkdir -p "$root/$2"
  mount --bind "$1" "$root/$2"
  if [ "$3" = ro ]; then mount -o remount,bind,ro "$root/$2"; fi
  shift 3
done
shift
if [ "$memory" != none ]; then
  # Where a cgroup of version 1 or 2 says it: cgroups(7), /proc/pid/cgroup.
  group=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
  if [ -n "$group" ]; then
    group=memory$group files='memory.limit_in_bytes memory.soft_limit_in_bytes'
  else
    group=$(sed -n 's/^0:://p' /proc/self/cgroup) files='memory.max memory.high'
  fi
  mkdir -p "$root/sys/fs/cgroup/$group"
  for file in $files; do echo "$memory" >"$root/sys/fs/cgroup/$group/$file"; done
fi
mount -o remount,bind,ro "$root/app"
mount -o remount,ro "$root"

if [ "$uid" = keep ]; then
  exec chroot "$root" "$@"
fi
exec chroot "$root" setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs --bounding-set -all "$@"
