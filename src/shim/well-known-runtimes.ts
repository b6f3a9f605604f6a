import { nearMiss } from '../finding/near-miss.ts';

/**
 * Names that installers and distributions give their handlers and RuntimeClasses, and OCI runtimes theirs. Many differ in a
 * letter or two, as `runc` and `runsc`: whoever writes one of them means it.
 *
 * Source: kata-deploy, shims; gVisor, docs; nvidia-ctk and the GPU operator; k3s, pkg/agent/containerd; runtime-class-manager
 * and runwasi; urunc, crun, youki, sysbox, Quark and krun, docs; AKS, GKE and containerd, documentation and default tables.
 */
const wellKnownNames: ReadonlySet<string> = new Set([
  ...['runc', 'crun', 'crun-wasm', 'crun-wasmedge', 'crun-vm', 'youki', 'krun', 'runj', 'runu', 'runq', 'rune', 'runv'],
  ...['runsc', 'runsc-kvm', 'gvisor', 'quark', 'urunc', 'sysbox', 'sysbox-runc', 'untrusted', 'firecracker'],
  ...['nvidia', 'nvidia-cdi', 'nvidia-legacy', 'nvidia-experimental', 'habana', 'amd', 'ascend', 'iluvatar'],
  ...['wasm', 'wasmtime', 'wasmedge', 'wasmer', 'wws', 'slight', 'spin', 'spin-v2', 'spinkube', 'lunatic', 'wamr'],
  ...['wasmtime-spin', 'wasmtime-spin-v2', 'wasmtime-slight', 'wasmtime-slight-v1', 'wasmtime-wws'],
  ...['runhcs-wcow-process', 'runhcs-wcow-hypervisor', 'enclave-cc', 'kata-mshv-vm-isolation', 'kata-vm-isolation'],
  ...['kata', 'kata-cc', 'kata-cc-isolation', 'kata-runtime', 'kata-containers', 'kata-remote', 'kata-rs'],
  ...['kata-qemu', 'kata-qemu-runtime-rs', 'kata-qemu-cca', 'kata-qemu-coco-dev', 'kata-qemu-coco-dev-runtime-rs'],
  ...['kata-qemu-se', 'kata-qemu-se-runtime-rs', 'kata-qemu-sev', 'kata-qemu-snp', 'kata-qemu-snp-runtime-rs'],
  ...['kata-qemu-tdx', 'kata-qemu-tdx-runtime-rs', 'kata-qemu-nvidia-gpu', 'kata-qemu-nvidia-gpu-snp'],
  ...['kata-qemu-nvidia-gpu-tdx', 'kata-qemu-nvidia-cpu', 'kata-clh', 'kata-clh-runtime-rs', 'kata-cloud-hypervisor'],
  ...['kata-fc', 'kata-fc-rs', 'kata-dragonball', 'kata-stratovirt', 'kata-nvidia-gpu', 'kata-nvidia-gpu-snp'],
]);

/**
 * The runtime or class that was probably meant by a name, as `nearMiss` finds it. Of two names that are both well known neither
 * is a misspelling of the other.
 */
export function nearRuntimeName(name: string, known: readonly string[]): string | undefined {
  if (!wellKnownNames.has(name)) return nearMiss(name, known);
  return nearMiss(
    name,
    known.filter((one) => !wellKnownNames.has(one)),
  );
}
