/** A file of an archive. */
export type TarEntry = {
  /** At most 255 characters, of which a name behind the last slash at most 100. */
  readonly name: string;
  readonly content: string | Buffer;
  readonly isExecutable?: boolean;
};

const blockBytes = 512;

/** 1980-01-01: the first moment that every format of archives can tell; no file of a release has a better one. */
const modified = 315_532_800;

/**
 * Packs files, in the order of their names, with nothing in it of the machine, the user or the hour.
 *
 * Source: POSIX.1-2017, pax, "ustar Interchange Format".
 *
 * @throws Error for a name that the format cannot have
 */
export function packTar(entries: readonly TarEntry[]): Buffer {
  const sorted = entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const blocks = sorted.flatMap((entry) => {
    const content = Buffer.from(entry.content);
    const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes);
    return [header(entry, content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function header({ name, isExecutable = false }: TarEntry, size: number): Buffer {
  const cut = name.length <= 100 ? 0 : name.indexOf('/', name.length - 101) + 1;
  const [prefix, rest] = [name.slice(0, Math.max(0, cut - 1)), name.slice(cut)];
  if (rest.length > 100 || prefix.length > 155 || !/^[\x20-\x7e]+$/.test(name)) {
    throw new Error(`An archive cannot have a file named ${name}.`);
  }
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(rest, 0);
  block.write(octal(isExecutable ? 0o755 : 0o644, 7), 100);
  block.write(octal(0, 7) + octal(0, 7), 108);
  block.write(octal(size, 11) + octal(modified, 11), 124);
  // The checksum is summed up as if it were spaces.
  block.write('        0', 148);
  block.write('ustar\x0000', 257);
  block.write(octal(0, 7) + octal(0, 7), 329);
  block.write(prefix, 345);
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  );
  return block;
}
