/** A piece of containerd's configuration inside a file of another kind. */
export type Piece = {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly message: string;
  readonly fix: string;
};

/** A kind of file that carries such pieces: what tells it, and where the whole is to be had. */
type Carrier = { readonly sign: RegExp; readonly name: string; readonly whole: string };

/**
 * Sources: kind, "Configuration", containerdConfigPatches; nodeadm, NodeConfig, spec.containerd.config; Talos, "containerd";
 * cloud-init, write_files.
 */
const carriers: readonly Carrier[] = [
  {
    sign: /^apiVersion:[ \t]*["']?kind\.x-k8s\.io\//m,
    name: 'a cluster of kind',
    whole: 'Give the file of one of its nodes: docker cp NODE:/etc/containerd/config.toml .',
  },
  {
    sign: /^apiVersion:[ \t]*["']?node\.eks\.aws\//m,
    name: 'a NodeConfig of nodeadm',
    whole: "Give a node's /etc/containerd/config.toml, with the directory that it imports.",
  },
  {
    sign: /^machine:|^kind:[ \t]*["']?CRI\w*Config\b/m,
    name: 'a machine configuration of Talos',
    whole: "Give a node's /etc/cri/containerd.toml, with the directory /etc/cri/conf.d that it imports.",
  },
  {
    sign: /^#cloud-config\b/,
    name: 'user data of cloud-init',
    whole: 'Give the file that the node has.',
  },
];

/** A header of a table that only containerd's file has, in a block of text below a key. */
const header = /^[ \t]+\[+\s*(?:plugins|proxy_plugins)[\s.\]]/m;

/** A line of YAML without indentation: a key. */
const yamlKey = /^["']?[\w.-]+["']?[ \t]*:(?:[ \t]|$)/m;

/**
 * Where YAML carries a piece of containerd's configuration: what a node makes of that depends on what it is merged into,
 * which the file does not have.
 *
 * @returns undefined for what is no YAML, or carries none
 */
export function pieceOfConfiguration(text: string): Piece | undefined {
  const found = header.exec(text);
  if (found === null || !yamlKey.test(text)) return undefined;
  const carrier = carriers.find(({ sign }) => sign.test(text));
  const line = text.slice(0, found.index).split('\n').length;
  return {
    line,
    message: `This file${carrier === undefined ? '' : ` is ${carrier.name}: it`} carries a piece of containerd's configuration, and what a node makes of that depends on the file that the piece is merged into. It is not judged.`,
    fix: carrier?.whole ?? "Give the node's own file, such as /etc/containerd/config.toml, with what it imports.",
  };
}
