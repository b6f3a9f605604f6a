/** Where the keys that policies judge begin, whatever the class: the roots of the list of guarded annotations, and ours. */
const roots: readonly string[] = [
  'aws\\.firecracker\\.',
  'bundle$',
  'cdi\\.k8s\\.io/',
  'com\\.(github\\.containers|urunc)\\.',
  'containerd\\.io/',
  'dev\\.gvisor\\.',
  'io\\.(confidentialcontainers|container|containerd|containers|katacontainers|kubernetes\\.cri|microsoft)[.-]',
  'krun\\.',
  'microsoft\\.com/',
  'module\\.wasm\\.',
  'nvidia\\.cdi\\.',
  'org\\.(criu|systemd)\\.',
  'run\\.oci\\.',
  'seccomp-profile\\.',
  'sgx\\.intel\\.',
  'shimgate\\.dev/',
  'zeropod\\.',
  '[a-z0-9-]+\\.(crio|noderesource|nri)\\.',
];

/**
 * An RE2 expression for CEL's matches. It matches every key that a policy judges and, to stay short and so cheap, keys beside
 * them; the policies decide.
 */
export const judgedKeyPattern = `^(${roots.join('|')})`;
