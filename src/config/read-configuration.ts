import { fieldPath, type PathSegment } from '../finding/field-path.ts';
import type { LocatedFinding, Position } from '../finding/located-finding.ts';
import { problem, type Problem } from '../finding/problem.ts';
import type { ShimgateConfiguration } from '../generated/configuration.ts';
import { validateShimgateConfiguration } from '../generated/validate-configuration.ts';
import { compileConfiguration, type CompleteDocument } from './compile-configuration.ts';
import type { Configuration } from './configuration.ts';
import { parseText, type TextDocument } from '../text/document.ts';
import { withoutText } from '../text/syntax-message.ts';
import { hasNoKnownField, schemaProblems } from './schema-problems.ts';

export type ConfigurationReading = {
  /** Undefined where a finding is an error. */
  readonly configuration: Configuration | undefined;
  /** In the order of the text. */
  readonly findings: readonly LocatedFinding[];
};

/**
 * Reads a configuration from YAML or JSON. All that is wrong is reported at once, each with its line: where the schema
 * refuses one part, the others are judged all the same.
 *
 * @param bytes the text in UTF-8
 * @param file how to call the text in findings: a file name, or a ConfigMap's name
 */
export function readConfiguration(bytes: Uint8Array, file: string): ConfigurationReading {
  const { documents, problems } = parseText(bytes);
  const document = documents[0];
  const shown = (message: string) => (saysWhatItIs(bytes) ? message : withoutText(message));
  const syntax = problems.map(({ message, position }) =>
    locate(problem('InvalidSyntax', [], shown(message)), file, position),
  );
  if (syntax.length > 0) return { configuration: undefined, findings: syntax };
  if (document === undefined) {
    const empty = problem('InvalidSyntax', [], 'The configuration is empty.', {
      fix: 'Begin with apiVersion and kind.',
    });
    return { configuration: undefined, findings: [locate(empty, file, { line: 1, column: 1 })] };
  }
  const second = documents[1];
  if (second !== undefined) {
    const several = problem('InvalidSyntax', [], 'The configuration has more than one document.', { fix: 'Keep one.' });
    return { configuration: undefined, findings: [locate(several, file, second.start)] };
  }
  return readDocument(document, file);
}

/** What `shimgate` goes by where no configuration is given: an empty one. */
export function defaultConfiguration(): Configuration {
  const text = JSON.stringify({ apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration' });
  const { configuration } = readConfiguration(new TextEncoder().encode(text), 'default');
  if (configuration === undefined) throw new Error('the default configuration is not valid');
  return configuration;
}

function readDocument(document: TextDocument, file: string): ConfigurationReading {
  const { value } = document;
  const fields = typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
  const isValid = validateShimgateConfiguration(value);
  if (!isValid && hasNoKnownField(fields, validateShimgateConfiguration.errors ?? [])) {
    const message = 'This is no configuration of shimgate: it has neither apiVersion nor kind, nor a field of one.';
    const other = problem('InvalidValue', [], message, { fix: 'Begin with apiVersion and kind.' });
    return { configuration: undefined, findings: [locate(other, file, document.start)] };
  }
  const refused = isValid ? [] : schemaProblems(validateShimgateConfiguration.errors ?? []);
  const { configuration, problems } = compileConfiguration(soundParts(value, refused));
  const findings = [...refused, ...problems]
    .map((one) => locate(one, file, isAboutKey(one) ? document.keyPositionOf(one.path) : document.positionOf(one.path)))
    .toSorted((a, b) => a.source.line - b.source.line || a.source.column - b.source.column);
  const isUsable = !findings.some((one) => one.severity === 'error');
  return { configuration: isUsable ? configuration : undefined, findings };
}

/** Whether a text that cannot be parsed calls itself a configuration: then messages may show what is wrong in it. */
function saysWhatItIs(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes(apiGroup);
}

const apiGroup = 'config.shimgate.dev';

function isAboutKey({ code }: Problem): boolean {
  return code === 'UnknownField' || code === 'InvalidAnnotationKey' || code === 'ReservedAnnotation';
}

/**
 * The parts of a document that the schema did not refuse, with defaults for the rest, so that they can be judged too.
 * Of the runtimes, only the entries with a problem are left out.
 */
function soundParts(value: unknown, refused: readonly Problem[]): CompleteDocument {
  const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const sound: Partial<ShimgateConfiguration> = {};
  for (const [field, part] of Object.entries(given as Readonly<Record<string, unknown>>)) {
    const inPart = refused.filter(({ path }) => path[0] === field);
    // A runtime that is there, but was refused, is not also missing.
    if (field === 'defaultRuntime' && refused.some(({ path }) => isAboutRuntime(path, part))) continue;
    if (inPart.length === 0) {
      Object.assign(sound, { [field]: part });
    } else if (field === 'runtimes' && inPart.every(({ path }) => path.length > 1)) {
      const runtimes = Object.entries(part as object).filter(([name]) => !inPart.some(({ path }) => path[1] === name));
      Object.assign(sound, { runtimes: Object.fromEntries(runtimes) });
    }
  }
  const complete: object = { ...sound, apiVersion: 'config.shimgate.dev/v1alpha1', kind: 'ShimgateConfiguration' };
  if (!validateShimgateConfiguration(complete)) throw new Error('the sound parts of a configuration are not valid');
  return complete as CompleteDocument;
}

function isAboutRuntime(path: readonly PathSegment[], name: unknown): boolean {
  return path[0] === 'runtimes' && (path.length === 1 || path[1] === name);
}

function locate({ path, ...rest }: Problem, file: string, position: Position): LocatedFinding {
  return { ...rest, field: fieldPath(path), source: { file, ...position } };
}
