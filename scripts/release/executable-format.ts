/** Processors, by the number that a format has for each. */
type Processors = Readonly<Record<number, 'amd64' | 'arm64'>>;

/** Source: System V ABI, "ELF header", e_machine. */
const elf: Processors = { 0x3e: 'amd64', 0xb7: 'arm64' };
/** Source: Apple, <mach/machine.h>, cpu_type_t. */
const machO: Processors = { 0x01_00_00_07: 'amd64', 0x01_00_00_0c: 'arm64' };
/** Source: Microsoft, "PE Format", "Machine Types". */
const pe: Processors = { 0x86_64: 'amd64', 0xaa_64: 'arm64' };

/**
 * The system that an executable of 64 bits is for, by its header.
 *
 * @returns such as `linux/amd64`; nothing where it is for none that executables are made for
 */
export function systemOf(content: Buffer): string | undefined {
  if (content.length < 64) return undefined;
  const magic = content.readUInt32BE(0);
  if (magic === 0x7f_45_4c_46) return named('linux', elf[content.readUInt16LE(18)]);
  if (magic === 0xcf_fa_ed_fe) return named('darwin', machO[content.readUInt32LE(4)]);
  if (content.toString('latin1', 0, 2) !== 'MZ') return undefined;
  // Where the header of the format lies is told by the one of MS-DOS.
  const at = content.readUInt32LE(0x3c);
  if (at > content.length - 6 || content.toString('latin1', at, at + 4) !== 'PE\0\0') return undefined;
  return named('windows', pe[content.readUInt16LE(at + 4)]);
}

function named(os: string, arch: string | undefined): string | undefined {
  return arch === undefined ? undefined : `${os}/${arch}`;
}
