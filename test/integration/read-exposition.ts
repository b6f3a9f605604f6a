export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

/** A metric, as Prometheus reads it. */
export type Family = { readonly type: string; readonly help: string; readonly samples: readonly Sample[] };

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const label = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const comment = new RegExp(`^# (HELP|TYPE) (${name}) (.*)$`);
const sample = new RegExp(`^(${name})(?:\\{(${label}(?:,${label})*)?\\})? (\\S+)$`);

/** Endings of the samples of a histogram or summary. */
const seriesEnding = /_(?:bucket|sum|count)$/;

/**
 * Reads Prometheus' text format, version 0.0.4, and is strict: what a scraper would refuse, or guess about, is an error.
 *
 * @returns families by name
 * @throws Error where a line is neither comment nor sample, or a sample belongs to no family that was announced
 */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, keyword, commented = '', rest = ''] = comment.exec(line) ?? [];
    if (keyword !== undefined) {
      const family = families.get(commented) ?? { type: 'untyped', help: '', samples: [] };
      families.set(commented, keyword === 'TYPE' ? { ...family, type: rest } : { ...family, help: rest });
      continue;
    }
    const read = readSample(line);
    const family = families.get(read.name) ?? families.get(read.name.replace(seriesEnding, ''));
    if (family === undefined) throw new Error(`a sample of a metric that was not announced: ${line}`);
    family.samples.push(read);
  }
  return families;
}

/** The sum of the samples that have these labels; 0 where nothing has been counted. */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  metric: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const samples = families.get(metric.replace(seriesEnding, ''))?.samples ?? families.get(metric)?.samples ?? [];
  const found = samples.filter(
    (one) => one.name === metric && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );
  return found.reduce((sum, { value }) => sum + value, 0);
}

function readSample(line: string): Sample {
  const parts = sample.exec(line);
  if (parts === null) throw new Error(`neither a comment nor a sample: ${line}`);
  const [, metric = '', labels = '', text = ''] = parts;
  const value = text === '+Inf' ? Infinity : Number(text);
  if (Number.isNaN(value)) throw new Error(`a value that is no number: ${line}`);
  const pairs = [...labels.matchAll(new RegExp(label, 'g'))].map(([pair]) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), JSON.parse(pair.slice(at + 1)) as string] as const;
  });
  return { name: metric, labels: Object.fromEntries(pairs), value };
}
