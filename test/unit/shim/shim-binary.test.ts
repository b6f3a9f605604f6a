import { describe, expect, test } from '@jest/globals';
import { shimBinary } from '../../../src/shim/shim-binary.ts';

describe('the binary of a runtime type', () => {
  test.each([
    ['io.containerd.kata.v2', 'containerd-shim-kata-v2'],
    ['io.containerd.runc.v2', 'containerd-shim-runc-v2'],
    ['io.containerd.kata-qemu.v2', 'containerd-shim-kata-qemu-v2'],
    ['io.containerd.my-shim.v42', 'containerd-shim-my-shim-v42'],
    ['io.containerd.my-shim', 'containerd-shim-containerd-my-shim'],
    ['com.example.deep.down.gvisor.v1', 'containerd-shim-gvisor-v1'],
    ['a.b', 'containerd-shim-a-b'],
    ['a..', 'containerd-shim--'],
    ['a.', 'containerd-shim-a-'],
  ])('is made from the last two parts of %j', (runtimeType, binary) => {
    expect(shimBinary(runtimeType)).toBe(binary);
  });

  test.each(['/opt/kata/bin/containerd-shim-kata-v2', '/path/to/io.containerd.runc.v2', '/', 'C:\\shim.exe'])(
    'is the path itself for %j',
    (runtimeType) => {
      expect(shimBinary(runtimeType)).toBe(runtimeType);
    },
  );

  test.each(['', 'runc', '.a', '.io.containerd.runc.v2', 'my/io.containerd.runc.v2', './a.b'])(
    'cannot be told from %j',
    (runtimeType) => {
      expect(shimBinary(runtimeType)).toBeUndefined();
    },
  );
});
