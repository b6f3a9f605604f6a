import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { defaultConfiguration } from '../../../src/config/read-configuration.ts';

type Schema = {
  readonly $schema?: string;
  readonly $id?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
};

const root = join(import.meta.dirname, '../../..');

const schema = JSON.parse(readFileSync(join(root, 'src/config/configuration.schema.json'), 'utf8')) as Schema;

/** Every schema in the schema, with its place: fields, items, values of maps, definitions. */
function subschemas(at: string, of: Schema): readonly (readonly [string, Schema])[] {
  const { items, additionalProperties, properties = {}, definitions = {} } = of;
  return [
    [at, of],
    ...Object.entries(properties).flatMap(([name, one]) => subschemas(`${at}/${name}`, one)),
    ...Object.entries(definitions).flatMap(([name, one]) => subschemas(`${at}/definitions/${name}`, one)),
    ...(items === undefined ? [] : subschemas(`${at}/items`, items)),
    ...(typeof additionalProperties === 'object' ? subschemas(`${at}/*`, additionalProperties) : []),
  ];
}

const all = subschemas('', schema);

describe('the schema of the configuration', () => {
  test('is valid JSON Schema, draft 07, as editors read it', () => {
    const ajv = new Ajv({ strict: true, keywords: ['tsType'] });
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(() => ajv.compile(schema)).not.toThrow();
  });

  test('accepts the sample of the design by itself', () => {
    const validate = new Ajv({ strict: true, keywords: ['tsType'] }).compile(schema);
    const sample: unknown = parse(readFileSync(join(root, 'test/fixtures/configurations/section-9.yaml'), 'utf8'));
    expect([validate(sample), validate.errors]).toEqual([true, null]);
  });

  test.each(all)('describes %j in a sentence', (_, { description, $ref }) => {
    // A list of what a definition describes needs no words of its own.
    const described = description ?? all.find(([at]) => `#${at}` === $ref)?.[1].description ?? '';
    expect(described).toMatch(/^[A-Za-z].*\.$/);
  });

  test.each(all.filter(([, { properties }]) => properties !== undefined))(
    'knows every field of %j, so that a misspelt one is an error',
    (_, { additionalProperties }) => {
      expect(additionalProperties).toBe(false);
    },
  );

  test('documents the defaults that an empty configuration gets, and no others', () => {
    const documented = Object.entries(schema.properties ?? {})
      .filter(([name]) => schema.required?.includes(name) !== true)
      .map(([name, field]) => [name, defaultOf(field)] as const);
    const { apiVersion, kind, runtimes, allowedAnnotations, passedAnnotations, runtimeClassFields, ...given } =
      defaultConfiguration() as Readonly<Record<string, unknown>>;
    // Not fields of their own: the runtimes' entries have them.
    expect([allowedAnnotations, passedAnnotations, runtimeClassFields]).toEqual([new Map(), new Map(), new Map()]);
    expect({ ...given, runtimes: Object.fromEntries(runtimes as ReadonlyMap<string, unknown>) }).toEqual(
      Object.fromEntries(documented),
    );
    expect([apiVersion, kind]).toEqual(['config.shimgate.dev/v1alpha1', 'ShimgateConfiguration']);
  });
});

/** A field's default; where that is an object, with the defaults of its own fields in it. */
function defaultOf(field: Schema): unknown {
  const definition = all.find(([at]) => `#${at}` === field.$ref)?.[1];
  if (definition?.properties === undefined) return field.default;
  const defaults = Object.entries(definition.properties).map(([name, one]) => [name, one.default] as const);
  return { ...Object.fromEntries(defaults), ...(field.default as object) };
}
