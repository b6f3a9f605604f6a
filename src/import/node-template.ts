import type { LocatedTable, LocatedValue } from '../text/located-value.ts';

/** What there is to say of a file that a program makes a node's configuration of. */
export type TemplateSaying = { readonly message: string; readonly fix: string };

/** How a template marks what goes in; what TOML bears it stands in strings. */
const placeholders = {
  '{{ … }}': /\{\{.*\}\}/s,
  '${…}': /\$\{[A-Za-z_]\w*\}/,
  '{% … %}': /^[ \t]*\{%-?[ \t]/m,
} as const;

type Placeholder = keyof typeof placeholders;

/**
 * What a text is that is no TOML as it stands; undefined where nothing marks it as a template. containerd has no templates
 * itself: k3s and RKE2 have Go's, Ansible has Jinja's.
 */
export function templateOfText(text: string, isGoTemplate: boolean): TemplateSaying | undefined {
  if (placeholders['{% … %}'].test(text)) return saying('{% … %}');
  if (!isGoTemplate) return undefined;
  return ofK3s.test(text) ? { message: messageOf('{{ … }}'), fix: fixOfK3s } : saying('{{ … }}');
}

/** What templates of k3s and RKE2 name. Source: k3s, pkg/agent/templates, ContainerdConfigTemplate. */
const ofK3s = /\{\{-?\s*template\s+"base"|\.NodeConfig\b/;

const fixOfK3s =
  'Give what k3s, or RKE2, makes of it when it starts: config.toml in the same directory, as in /var/lib/rancher/k3s/agent/etc/containerd/.';

/**
 * What TOML is whose strings are placeholders that something else fills: containerd would take them for values.
 * Credentials of registries may look so, and are passed over.
 */
export function templateOfTable(table: LocatedTable): TemplateSaying | undefined {
  const found = new Set<Placeholder>();
  collect(table, found);
  const [first] = found;
  return first === undefined ? undefined : saying(first);
}

function collect(value: LocatedValue, found: Set<Placeholder>): void {
  if (value.kind === 'array') for (const item of value.items) collect(item, found);
  if (value.kind === 'string') mark(value.value, found);
  if (value.kind !== 'table') return;
  for (const [key, entry] of value.entries) {
    if (key === 'registry') continue;
    mark(key, found);
    collect(entry, found);
  }
}

function mark(text: string, found: Set<Placeholder>): void {
  if (placeholders['${…}'].test(text)) found.add('${…}');
  if (placeholders['{{ … }}'].test(text)) found.add('{{ … }}');
}

function saying(placeholder: Placeholder): TemplateSaying {
  const fix =
    placeholder === '${…}'
      ? 'Give what is made of it: of the template of MicroK8s that is /var/snap/microk8s/current/args/containerd.toml.'
      : "Give what is made of it, such as the node's own /etc/containerd/config.toml.";
  return { message: messageOf(placeholder), fix };
}

function messageOf(placeholder: Placeholder): string {
  return `This is a template that was not rendered: it has ${placeholder} where values belong. What follows is not judged.`;
}
