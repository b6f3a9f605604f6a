import fc from 'fast-check';
import { oddText, prototypeNames } from './arbitrary-names.ts';

/** Any JSON value, with members named as those of a prototype too. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  oddText,
  fc
    .array(
      fc.tuple(
        fc.constantFrom(...prototypeNames, 'metadata', 'spec', 'template', 'annotations'),
        fc.jsonValue({ maxDepth: 2 }),
      ),
      { maxLength: 3 },
    )
    .map((entries): unknown => Object.fromEntries(entries)),
);

/** How one place of a JSON document is damaged: which way to walk there, and what to put there. */
const damage = fc.record({
  path: fc.array(fc.nat(20), { maxLength: 7 }),
  key: fc.option(fc.oneof(fc.constantFrom(...prototypeNames), oddText)),
  value: anyJson,
});

/** Documents of the kind given, with one to three of their values replaced by any others, or members given to them. */
export function damaged(documents: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(documents, fc.array(damage, { minLength: 1, maxLength: 3 }))
    .map(([document, damages]) =>
      damages.reduce((whole, { path, key, value }) => replaceAt(whole, path, key, value), document),
    );
}

/** Walks down as long as there is something to walk into; then replaces what is there, or adds a member to it. */
function replaceAt(target: unknown, path: readonly number[], key: string | null, value: unknown): unknown {
  const [step, ...rest] = path;
  if (typeof target !== 'object' || target === null) return value;
  const entries: readonly (readonly [string, unknown])[] = Object.entries(target);
  if (step === undefined || entries.length === 0) {
    return key === null || Array.isArray(target) ? value : Object.fromEntries([...entries, [key, value]]);
  }
  const chosen = step % entries.length;
  const changed = entries.map(
    ([name, member], index) => [name, index === chosen ? replaceAt(member, rest, key, value) : member] as const,
  );
  return Array.isArray(target) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}
