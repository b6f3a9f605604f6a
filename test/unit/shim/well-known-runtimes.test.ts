import { describe, expect, test } from '@jest/globals';
import { nearRuntimeName } from '../../../src/shim/well-known-runtimes.ts';

describe('a runtime name that was probably meant', () => {
  test.each([
    ['runsc', ['runc'], undefined],
    ['runc', ['crun', 'runsc'], undefined],
    ['kata-fc', ['kata-clh', 'kata-qemu'], undefined],
    ['nvidia', ['nvidia-cdi'], undefined],
    ['kata-qemu-snp', ['kata-qemu-sev'], undefined],
    ['wasmer', ['wasmtime', 'wasmedge'], undefined],
    ['runcs', ['runc', 'kata-qemu'], 'runc'],
    ['kata-qem', ['kata-qemu', 'kata-clh'], 'kata-qemu'],
    ['Runsc', ['runsc'], 'runsc'],
    ['nvidia', ['runc', 'nvidai'], 'nvidai'],
    ['kata', ['my-kata', 'katta'], 'katta'],
  ])('by %j among %j is %j', (name, known, expected) => {
    expect(nearRuntimeName(name, known)).toBe(expected);
  });
});
