import { isUtf8 } from 'node:buffer';
import { isUnrenderedTemplate } from '../text/helm-template.ts';
import type { LocatedTable } from '../text/located-value.ts';
import { parseToml } from '../text/parse-toml.ts';
import { TextSyntaxError } from '../text/text-syntax-error.ts';
import { templateOfTable, templateOfText } from './node-template.ts';
import { isContainerds, otherKindOf } from './other-kinds.ts';
import { pieceOfConfiguration, type Piece } from './piece-of-configuration.ts';

/** What a file of a node is, by what stands in it. */
export type RecognizedFile =
  | { readonly kind: 'containerd' | 'manifests' }
  | { readonly kind: 'json'; readonly text: string }
  /** A file of another kind that carries a piece of containerd's configuration. */
  | ({ readonly kind: 'piece' } & Piece)
  /** None of these; the message says what it is, where that is known, and never what it holds. */
  | { readonly kind: 'other'; readonly message: string; readonly fix?: string };

/**
 * Recognizes a file by its content, whatever it is called: JSON begins with a brace, containerd's TOML has a key of its top
 * level, manifests have lines with `apiVersion:` and `kind:`.
 */
export function recognizeFile(bytes: Uint8Array): RecognizedFile {
  const text = decodeText(bytes);
  if (text === undefined) return { kind: 'other', message: 'The file is not UTF-8 text.' };
  if (/^\s*\{(?!\{)/.test(text)) return { kind: 'json', text };
  const table = parsedToml(text);
  if (table !== undefined) return tomlOf(table);
  if (isManifest(text)) return { kind: 'manifests' };
  const piece = pieceOfConfiguration(text);
  if (piece !== undefined) return { kind: 'piece', ...piece };
  const template = templateOfText(text, isUnrenderedTemplate(text));
  if (template !== undefined) return { kind: 'other', ...template };
  return looksLikeContainerds.test(text) ? { kind: 'containerd' } : { kind: 'other', message: noneOfTheKinds };
}

const noneOfTheKinds =
  'The file is none of those that import knows: no configuration of containerd, which has a key such as version or plugins, no daemon.json, no output of `crictl info`, and no manifest.';

function tomlOf(table: LocatedTable): RecognizedFile {
  if (!isContainerds(table)) return otherToml(table);
  const template = templateOfTable(table);
  return template === undefined ? { kind: 'containerd' } : { kind: 'other', ...template };
}

function otherToml(table: LocatedTable): RecognizedFile {
  const name = otherKindOf(table);
  if (name === undefined) return { kind: 'other', message: noneOfTheKinds };
  return {
    kind: 'other',
    message: `The file is ${name}, and no configuration of containerd.`,
    fix: "Give containerd's own file, or leave this one out.",
  };
}

function parsedToml(text: string): LocatedTable | undefined {
  try {
    return parseToml(text, '');
  } catch (error) {
    if (error instanceof TextSyntaxError) return undefined;
    throw error;
  }
}

function isManifest(text: string): boolean {
  const key = (name: string) => new RegExp(`^(?:- |  )?["']?${name}["']?[ \\t]*:(?:\\s|$)`, 'm').test(text);
  return key('apiVersion') && key('kind');
}

/** A line that only containerd's file begins so, of one that is broken elsewhere. */
const looksLikeContainerds =
  /^\s*(?:(?:version|imports|root|state|disabled_plugins|required_plugins|oom_score)[ \t]*=|\[+\s*(?:plugins|proxy_plugins|stream_processors|grpc|ttrpc|debug|metrics|cgroup|timeouts)[\s.\]])/m;

/**
 * A text by its byte order mark, as Docker reads its daemon.json: UTF-8 with or without one, or UTF-16 with one.
 *
 * @returns undefined where the bytes are no such text
 *
 * Source: moby, daemon/config/config.go, getConflictFreeConfiguration.
 */
function decodeText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return isUtf8(bytes) ? new TextDecoder().decode(bytes) : undefined;
}
