/** The options of containerd's own runc, as `config default` and `config dump` of 2.x print them; 1.x prints more. */
export const runcOptions = {
  BinaryName: '',
  CriuImagePath: '',
  CriuWorkPath: '',
  IoGid: 0,
  IoUid: 0,
  NoNewKeyring: false,
  Root: '',
  ShimCgroup: '',
  SystemdCgroup: false,
};
