/** Options by the names that containerd's files have for them; what has its zero value is left out, as Protocol Buffers do. */
export type DecodedOptions = Readonly<Record<string, string | number | boolean>>;

type Field = readonly [name: string, kind: 'text' | 'number' | 'flag'];

/** Source: containerd, api/types/runc/options/oci.proto. */
const ofRunc: Readonly<Record<number, Field>> = {
  1: ['NoPivotRoot', 'flag'],
  2: ['NoNewKeyring', 'flag'],
  3: ['ShimCgroup', 'text'],
  4: ['IoUid', 'number'],
  5: ['IoGid', 'number'],
  6: ['BinaryName', 'text'],
  7: ['Root', 'text'],
  8: ['CriuPath', 'text'],
  9: ['SystemdCgroup', 'flag'],
  10: ['CriuImagePath', 'text'],
  11: ['CriuWorkPath', 'text'],
  12: ['TaskApiAddress', 'text'],
  13: ['TaskApiVersion', 'number'],
};

/** Source: containerd, api/types/runtimeoptions/v1/api.proto. */
const ofOthers: Readonly<Record<number, Field>> = {
  1: ['TypeUrl', 'text'],
  2: ['ConfigPath', 'text'],
  3: ['ConfigBody', 'text'],
};

/**
 * Decodes what containerd hands to a shim.
 *
 * @param type such as `containerd.runc.v1.Options`
 * @throws Error for a type, a field or an encoding that is not known here, so that none is compared as if it were not there
 */
export function decodeOptions(type: string, encoded: Buffer): DecodedOptions {
  if (type === '') return {};
  const isRunc = type.endsWith('containerd.runc.v1.Options');
  if (!isRunc && !type.endsWith('runtimeoptions.v1.Options')) throw new Error(`Options of the type ${type}.`);
  const fields = isRunc ? ofRunc : ofOthers;
  const options: Record<string, string | number | boolean> = {};
  for (let at = 0; at < encoded.length;) {
    const [tag, afterTag] = readVarint(encoded, at);
    const [name, kind] = fields[tag >> 3] ?? [];
    const [value, afterValue] = readVarint(encoded, afterTag);
    if (name === undefined || (tag & 7) !== (kind === 'text' ? 2 : 0)) throw new Error(`${type} has a field ${tag}.`);
    at = kind === 'text' ? afterValue + value : afterValue;
    options[name] = kind === 'text' ? encoded.toString('utf8', afterValue, at) : kind === 'flag' ? value === 1 : value;
  }
  return options;
}

/** Source: Protocol Buffers, Encoding, Base 128 Varints. @returns the number, and where it ends */
function readVarint(encoded: Buffer, start: number): readonly [value: number, end: number] {
  let value = 0;
  for (let at = start, factor = 1; ; at++, factor *= 128) {
    const byte = encoded[at];
    if (byte === undefined) throw new Error('Options that end within a number.');
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at + 1];
  }
}

/** Options as containerd has them: known to the shim, and without what is zero. */
export function keptOptionsOf(annotation = '{}'): object {
  const options = JSON.parse(annotation) as Readonly<Record<string, unknown>>;
  const isGiven = ([key, value]: readonly [string, unknown]) =>
    ![0, false, '', undefined].includes(value as never) && key !== 'BinaryNme';
  return Object.fromEntries(Object.entries(options).filter(isGiven));
}
