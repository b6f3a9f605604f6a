type Schema = {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
};

/** What `kubectl get noderuntimes` prints. The API server takes one value a column, no count and no list. */
const columns = [
  { name: 'Containerd', type: 'string', jsonPath: '.status.containerd.version' },
  { name: 'Default', type: 'string', jsonPath: '.status.defaultRuntime' },
  { name: 'Handlers', type: 'integer', jsonPath: '.status.summary.handlers' },
  { name: 'Problems', type: 'integer', jsonPath: '.status.summary.problems' },
  { name: 'Names', type: 'string', jsonPath: '.status.summary.handlerNames', priority: 1 },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

/** The CustomResourceDefinition of NodeRuntimes, from the schema that the webhook reads them by. */
export function nodeRuntimesDefinition(schema: Schema): unknown {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'noderuntimes.shimgate.dev' },
    spec: {
      group: 'shimgate.dev',
      scope: 'Cluster',
      names: { kind: 'NodeRuntimes', listKind: 'NodeRuntimesList', plural: 'noderuntimes', singular: 'noderuntimes' },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: structural(schema, schema.definitions ?? {}) },
        },
      ],
    },
  };
}

/** A structural schema: each definition in its place, and of what the API server knows itself no more than that it is there. */
function structural(schema: Schema, definitions: Readonly<Record<string, Schema>>): Schema {
  const { $ref, $schema: _, $id: __, title: ___, definitions: ____, properties, items, ...rest } = schema;
  if ($ref !== undefined) return structural(definitions[$ref.replace('#/definitions/', '')] ?? {}, definitions);
  return {
    ...rest,
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [
          name,
          name === 'metadata' ? { type: 'object' } : structural(property, definitions),
        ]),
      ),
    }),
    ...(items !== undefined && { items: structural(items, definitions) }),
  };
}
