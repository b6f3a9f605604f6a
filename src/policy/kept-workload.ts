type Fields = Readonly<Record<string, unknown>>;

const metadataFields = ['name', 'generateName', 'namespace', 'labels', 'annotations', 'deletionTimestamp'] as const;

/** Those of objects.schema.json. */
const specFields = [
  'runtimeClassName',
  'nodeName',
  'nodeSelector',
  'tolerations',
  'os',
  'hostNetwork',
  'hostPID',
  'hostIPC',
] as const;

/**
 * What policies read of a pod, or of an object with a pod template: a few hundred bytes of some kilobytes. Nothing about
 * it has been checked, and what is of the wrong type stays as it is, to be found by whoever checks.
 */
export function keepWorkload(value: object): object {
  const { metadata, spec, status, template } = value as Fields;
  return keepDefined({
    metadata: keepFields(metadata, metadataFields),
    spec: keepSpec(spec),
    status: keepFields(status, ['phase']),
    template: keepTemplate(template),
  });
}

function keepSpec(spec: unknown): unknown {
  if (!isFields(spec)) return spec;
  const { template, jobTemplate } = spec;
  const kept = keepFields(spec, specFields) as Fields;
  if (template === undefined && jobTemplate === undefined) return kept;
  return keepDefined({ ...kept, template: keepTemplate(template), jobTemplate: keepJobTemplate(jobTemplate) });
}

function keepJobTemplate(jobTemplate: unknown): unknown {
  return isFields(jobTemplate) ? keepDefined({ spec: keepSpec(jobTemplate['spec']) }) : jobTemplate;
}

function keepTemplate(template: unknown): unknown {
  return isFields(template) ? keepWorkload(template) : template;
}

function keepFields(value: unknown, fields: readonly string[]): unknown {
  if (!isFields(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const field of fields) if (Object.hasOwn(value, field)) kept[field] = value[field];
  return kept;
}

function keepDefined(fields: Fields): object {
  const kept: Record<string, unknown> = {};
  for (const field of Object.keys(fields)) if (fields[field] !== undefined) kept[field] = fields[field];
  return kept;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
