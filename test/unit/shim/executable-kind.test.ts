import { describe, expect, test } from '@jest/globals';
import { executableKind, formerOciRuntime, typeOfShim } from '../../../src/shim/executable-kind.ts';

describe('by its name, an executable is', () => {
  test.each<[string, ReturnType<typeof executableKind>]>([
    ['/opt/kata/bin/containerd-shim-kata-v2', 'shim'],
    ['containerd-shim-runsc-v1', 'shim'],
    ['containerd-shim', 'shim'],
    ['C:\\Program Files\\containerd\\containerd-shim-runhcs-v1.exe', 'shim'],
    ['/usr/bin/runc', 'OCI runtime'],
    ['crun', 'OCI runtime'],
    ['/usr/local/bin/youki', 'OCI runtime'],
    ['/usr/bin/runsc', 'OCI runtime'],
    ['/usr/bin/kata-runtime', 'OCI runtime'],
    ['/usr/local/nvidia/toolkit/nvidia-container-runtime', 'OCI runtime'],
    ['nvidia-container-runtime.cdi', 'OCI runtime'],
    ['/usr/bin/sysbox-runc', 'OCI runtime'],
    ['/opt/bin/shim', undefined],
    ['/opt/bin/my-runtime', undefined],
    ['', undefined],
    ['/usr/bin/', undefined],
  ])('%s: %s', (path, kind) => {
    expect(executableKind(path)).toBe(kind);
  });
});

test.each([
  ['/opt/kata/bin/containerd-shim-kata-v2', 'io.containerd.kata.v2'],
  ['containerd-shim-kata-qemu-v2', 'io.containerd.kata-qemu.v2'],
  ['containerd-shim-wasmtime-v1.exe', 'io.containerd.wasmtime.v1'],
  ['containerd-shim-odd', undefined],
  ['/usr/bin/runc', undefined],
])('the type of the shim %s is %s', (path, type) => {
  expect(typeOfShim(path)).toBe(type);
});

test.each([
  ['/opt/kata/bin/kata-runtime', 'io.containerd.kata.v2'],
  ['kata-runtime', 'io.containerd.kata.v2'],
  ['/usr/bin/kata-runtime-1', undefined],
  ['/usr/bin/runsc', undefined],
])('what the shim of runc calls in vain by now: %s, whose shim is %s', (path, type) => {
  expect(formerOciRuntime(path)?.runtimeType).toBe(type);
});
