import type { CodeEntry } from './code-entry.ts';

const pathName = {
  subject: 'Names',
  severity: 'error',
  deniedInEveryMode: true,
} as const;

const shimNameFix = 'Use a shim name, as io.containerd.kata.v2, or a runtime that the configuration declares.';

/** Codes about runtime names: the rules of Docker's daemon, and two of ours. */
export const nameCodes = {
  EmptyName: {
    subject: 'Names',
    severity: 'error',
    meaning:
      'A runtime name is empty. containerd has no runtime of that name, and an empty name must not quietly mean the default one.',
    fix: shimNameFix,
  },
  AbsolutePath: {
    ...pathName,
    meaning:
      'A runtime name begins with a slash. containerd takes such a name for a file and runs it as root on the host, so whoever may choose the name could run any binary. Docker refuses it for the same reason. It is refused in every mode, and no setting turns that off.',
    fix: shimNameFix,
  },
  RelativePath: {
    ...pathName,
    meaning:
      'A runtime name contains a slash. It is no shim name but a path, which some versions of containerd resolve against their own working directory. It is refused in every mode, as Docker does.',
    fix: shimNameFix,
  },
  WindowsPath: {
    ...pathName,
    meaning:
      'A runtime name has a drive letter or a backslash. containerd on a Windows node takes it for a file and runs it on the host. It is refused in every mode.',
    fix: shimNameFix,
  },
  ControlCharacter: {
    subject: 'Names',
    severity: 'error',
    meaning:
      'A runtime name contains a control character. No shim has such a name, and the character can hide what the name really is from whoever reads it in a log.',
    fix: 'Remove the control character.',
  },
  MissingDot: {
    subject: 'Names',
    severity: 'error',
    meaning:
      'A runtime name is not configured and has no dot. containerd makes the name of the shim binary from the last two dot-separated parts, so it cannot find one.',
    fix: shimNameFix,
  },
  LeadingDot: {
    subject: 'Names',
    severity: 'error',
    meaning: 'A runtime name begins with a dot. containerd finds no shim binary in such a name.',
    fix: shimNameFix,
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
