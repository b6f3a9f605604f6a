/**
 * Writes what the chart has from elsewhere: the webhook entries from src/registration, the schema of the values with the
 * configuration's own schema in it, and the table of values in its README. With --check, fails where a file is not what
 * would be written.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { parse } from 'yaml';
import { noAnswers } from '../src/registration/in-process-answers.ts';
import { interlockSpec, mutatingPolicySpec } from '../src/registration/in-process-policy.ts';
import { webhooksFor } from '../src/registration/webhooks.ts';
import { documentedValues, type DocumentedValue } from './chart/documented-values.ts';
import { nodeRuntimesDefinition } from './chart/node-runtimes-definition.ts';
import { writeOrCheck } from './written-file.ts';

type Schema = {
  [keyword: string]: unknown;
  $ref?: string;
  description?: string;
  properties?: Record<string, Schema>;
  definitions?: Record<string, Schema>;
};

const root = join(import.meta.dirname, '..');
const chart = join(root, 'charts', 'shimgate');

const valuesText = await readFile(join(chart, 'values.yaml'), 'utf8');
const values = parse(valuesText) as unknown;
const documented = documentedValues(valuesText);

const schema = await valuesSchema();

const files: Readonly<Record<string, string>> = {
  'files/webhooks.json': await asJson(webhookEntries()),
  'files/defaults.json': await asJson(defaultsFor(values, schema, schema.definitions)),
  'files/in-process.json': await asJson({
    policy: mutatingPolicySpec(noAnswers),
    interlock: interlockSpec(new Map()),
  }),
  'files/noderuntimes.json': await asJson(
    nodeRuntimesDefinition(await readSchema('src/policy/node-runtimes.schema.json')),
  ),
  'values.schema.json': await asJson(schema),
  'README.md': await readme(),
};

for (const [name, text] of Object.entries(files)) await writeOrCheck(join(chart, name), text, 'npm run chart');

/**
 * What every configuration has, the entries that the template makes a rule's own from, and the entry for the deletion of
 * classes, by the setting that wants it.
 */
function webhookEntries(): unknown {
  const entriesFor = (configuration: Partial<Parameters<typeof webhooksFor>[0]>) =>
    webhooksFor({ namespaceRules: [], runtimeClassDeletion: 'allow', ...configuration });
  const fixed = entriesFor({});
  const ofRule = entriesFor({
    namespaceRules: [{ defaultRuntimeClassName: 'any', allowedRuntimeClassNames: ['any'] }],
  });
  return {
    ...fixed,
    defaultClass: ofRule.mutating.slice(0, ofRule.mutating.length - fixed.mutating.length),
    classRequired: ofRule.validating.slice(fixed.validating.length),
    deletion: {
      warn: entriesFor({ runtimeClassDeletion: 'warn' }).validating.at(-1),
      deny: entriesFor({ runtimeClassDeletion: 'deny' }).validating.at(-1),
    },
  };
}

async function valuesSchema(): Promise<Schema> {
  const schema = await readSchema('scripts/chart/values.schema.json');
  const properties = schema.properties ?? {};
  for (const { path, description } of documented) describe(properties, path, description);
  // apiVersion and kind are the template's to fill in, so nothing is required.
  const configuration = await readSchema('src/config/configuration.schema.json');
  const config = { type: 'object', additionalProperties: false, properties: configuration.properties ?? {} };
  return {
    ...schema,
    properties: { ...properties, config: { description: properties['config']?.description ?? '', ...config } },
    definitions: { ...schema.definitions, ...configuration.definitions },
  };
}

async function readSchema(file: string): Promise<Schema> {
  // tsType is for the generator of types alone.
  const withoutTypes = (key: string, value: unknown): unknown => (key === 'tsType' ? undefined : value);
  return JSON.parse(await readFile(join(root, file), 'utf8'), withoutTypes) as Schema;
}

/** Puts a description where it belongs; config's own fields have theirs. */
function describe(properties: Record<string, Schema>, [key = '', ...below]: readonly string[], text: string): void {
  const property = properties[key];
  if (property === undefined) throw new Error(`values.yaml has ${key}, which the schema of the values does not know.`);
  if (below.length === 0) property.description = text;
  else if (key !== 'config') describe(property.properties ?? {}, below, text);
}

async function readme(): Promise<string> {
  const text = await readFile(join(chart, 'README.md'), 'utf8');
  const [before = '', after = ''] = text.split(/(?<=<!-- values -->\n)[^]*(?=<!-- \/values -->\n)/);
  const rows = documented.map(({ path, description }) => {
    const cells = [`\`${path.join('.')}\``, `\`${JSON.stringify(valueAt(path))}\``, description];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  });
  return `${before}| value | default | what it is |\n| --- | --- | --- |\n${rows.join('')}${after}`;
}

function valueAt(path: DocumentedValue['path']): unknown {
  return path.reduce((value, key) => (value as Readonly<Record<string, unknown>>)[key], values);
}

/**
 * What a value is where an older release's values do not have it: the chart's own default, but for maps with keys of the user's
 * and lists of objects, which are empty where they are absent: somebody may have taken them out with `null`.
 */
function defaultsFor(value: unknown, schema: Schema, definitions: Schema['definitions'] = {}): unknown {
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object') ? [] : value;
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {} } = definitions[schema.$ref?.replace('#/definitions/', '') ?? ''] ?? schema;
  const known = Object.entries(value).filter(([key]) => key !== 'config' && properties[key] !== undefined);
  return Object.fromEntries(known.map(([key, below]) => [key, defaultsFor(below, properties[key] ?? {}, definitions)]));
}

function asJson(value: unknown): Promise<string> {
  return format(JSON.stringify(value), { parser: 'json', printWidth: 120 });
}
