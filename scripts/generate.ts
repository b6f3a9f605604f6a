/**
 * Generates src/generated from the JSON Schemas, which are the only list of fields there is: types by
 * json-schema-to-typescript, validators by ajv as plain code, so that nothing is compiled at run time and the webhook
 * runs under --disallow-code-generation-from-strings.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type AnySchemaObject, type Options } from 'ajv';
import standaloneCode from 'ajv/dist/standalone/index.js';
import { compile, type JSONSchema } from 'json-schema-to-typescript';

type Source = {
  readonly file: string;
  /** Name of the generated file. */
  readonly name: string;
  /** Types to export a validator for: the root, or definitions. */
  readonly validated: Readonly<Record<string, string>>;
  readonly options: Options;
};

const sources: readonly Source[] = [
  {
    file: 'src/config/configuration.schema.json',
    name: 'configuration',
    validated: { ShimgateConfiguration: '' },
    options: { allErrors: true, verbose: true, useDefaults: true },
  },
  {
    file: 'src/policy/objects.schema.json',
    name: 'objects',
    validated: Object.fromEntries(
      ['Pod', 'Binding', 'Workload', 'RuntimeClass', 'Namespace', 'Node'].map((type) => [
        type,
        `#/definitions/${type}`,
      ]),
    ),
    options: {},
  },
  {
    file: 'src/policy/node-runtimes.schema.json',
    name: 'node-runtimes',
    validated: { NodeRuntimes: '' },
    options: { validateFormats: false },
  },
  {
    file: 'src/admission/admission-review.schema.json',
    name: 'admission-review',
    validated: { AdmissionReview: '' },
    options: {},
  },
  {
    file: 'src/registration/webhook-configuration.schema.json',
    name: 'webhook-configuration',
    validated: { WebhookConfiguration: '' },
    options: {},
  },
  {
    file: 'src/registration/admission-policy.schema.json',
    name: 'admission-policy',
    validated: { AdmissionPolicy: '' },
    options: {},
  },
  {
    file: 'src/audit/baseline.schema.json',
    name: 'baseline',
    validated: { AuditBaseline: '' },
    options: { allErrors: true, verbose: true },
  },
  {
    file: 'src/manifests/policy-test/policy-test.schema.json',
    name: 'policy-test',
    validated: { PolicyTest: '' },
    options: { allErrors: true, verbose: true },
  },
];

const root = join(import.meta.dirname, '..');
const generated = join(root, 'src', 'generated');

await mkdir(generated, { recursive: true });
await writeFile(
  join(generated, 'validator.ts'),
  `import type { ErrorObject } from 'ajv';

/** A validator made by ajv; after a call that answered false, errors says why. */
export type Validator<T> = ((data: unknown) => data is T) & { readonly errors?: readonly ErrorObject[] | null };
`,
);
for (const { file, name, validated, options } of sources) {
  const schema = JSON.parse(await readFile(join(root, file), 'utf8')) as AnySchemaObject & {
    $id: string;
    title: string;
  };
  const banner = `/* Generated from ${file} by npm run generate. */\n`;
  const types = await compile(structuredClone<JSONSchema>(schema), schema.title, {
    additionalProperties: false,
    unreachableDefinitions: true,
    bannerComment: banner,
    format: false,
  });
  const needsJson = types.includes('JsonValue') ? "import type { JsonValue } from '../shim/json-value.ts';\n" : '';
  await writeFile(
    join(generated, `${name}.ts`),
    needsJson +
      types
        .replaceAll(/^export interface (\w+) \{/gm, 'export type $1 = {')
        .replaceAll(/^\[k: string\]: unknown\n/gm, ''),
  );

  const ajv = new Ajv({
    ...options,
    strict: true,
    allowUnionTypes: true,
    code: { source: true, esm: true },
    // The latter two are for the API server, which gets one of the schemas as that of a CustomResourceDefinition.
    keywords: ['tsType', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
    schemas: [schema],
  });
  const names = Object.keys(validated);
  const code = standaloneCode.default(
    ajv,
    Object.fromEntries(Object.entries(validated).map(([type, ref]) => [`validate${type}`, `${schema.$id}${ref}`])),
  );
  const typed = code
    .replace(/^"use strict";/, '')
    // The one thing that would be needed of ajv at run time: how many characters a text has.
    .replaceAll('require("ajv/dist/runtime/ucs2length").default', '((text) => Array.from(text).length)')
    .replaceAll(
      /export const validate(\w+) = (\w+);/g,
      (_, type: string, validate: string) =>
        `export const validate${type} = ${validate} as unknown as Validator<${type}>;\n`,
    );
  await writeFile(
    join(generated, `validate-${name}.ts`),
    `// @ts-nocheck\n${banner}import type { ${names.join(', ')} } from './${name}.ts';\nimport type { Validator } from './validator.ts';\n${typed}\n`,
  );
}

/** The style and the script of the HTML report stand in files of their own, and in the program as texts. */
const page = join(root, 'src', 'audit', 'reporters', 'html');
const texts = {
  pageStyle: await readFile(join(page, 'page.css'), 'utf8'),
  pageScript: await readFile(join(page, 'page.js'), 'utf8'),
};
await writeFile(
  join(generated, 'report-page.ts'),
  `/* Generated from src/audit/reporters/html by npm run generate. */\n${Object.entries(texts)
    .map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`)
    .join('')}`,
);
