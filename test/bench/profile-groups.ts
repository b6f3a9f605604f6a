/** What the time of a request is spent on, in the order in which a function's place is looked up. */
const groupsByPlace = [
  ['idle', /^\(idle\)$/],
  ['garbage collection', /^\(garbage collector\)$/],
  ['system calls, OpenSSL, native', /^\((program|root)\)$/],
  ['logging', /\/(pino[^/]*|sonic-boom|fast-redact|quick-format-unescaped|safe-stable-stringify|atomic-sleep)\//],
  ['metrics', /\/prom-client\/|^src\/webhook\/metrics\.ts$/],
  ['ajv validation', /\/ajv\/|^src\/generated\/validate-/],
  // V8 counts JSON.parse and JSON.stringify as their callers' own time.
  ['JSON.parse, decode', /^src\/admission\/(decode-review|pod-template-place)\.ts$/],
  ['JSON.stringify, encode', /^src\/admission\//],
  ['policy', /^src\/(policy|shim|finding|config|manifests|cluster|cli)\//],
  ['our handler', /^src\//],
  ['express, body-parser', /^node_modules\//],
  ['TLS and HTTP core', /^node:/],
] as const;

export type ProfileGroup = (typeof groupsByPlace)[number][0];

export const profileGroups: readonly ProfileGroup[] = groupsByPlace.map(([group]) => group);

/** Parts of Node that work for whoever calls them. */
const servants =
  /^node:(buffer|fs|util|path|url|querystring|events|string_decoder|internal\/(buffer|fs|util|url|validators)\b)/;

/**
 * The group of a function by itself; undefined where it works for its caller and counts as the caller's, such as a
 * built-in function.
 *
 * @param where the file of the sources that the function stands in, empty for what is built in
 */
export function ownGroup(name: string, where: string): ProfileGroup | undefined {
  if (servants.test(where)) return undefined;
  const place = where === '' ? name : where;
  return groupsByPlace.find(([, pattern]) => pattern.test(place))?.[0];
}
