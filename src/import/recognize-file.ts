import { isUtf8 } from 'node:buffer';

/** What a file of a node is, by what stands in it. */
export type RecognizedFile =
  { readonly kind: 'containerd' | 'manifests' } | { readonly kind: 'json'; readonly text: string };

/**
 * Recognizes a file by its content, whatever it is called: JSON begins with a brace, manifests have a line with
 * `apiVersion:`, which is no TOML; everything else is taken for containerd's TOML.
 */
export function recognizeFile(bytes: Uint8Array): RecognizedFile {
  const text = decodeText(bytes);
  if (text === undefined) return { kind: 'containerd' };
  if (/^\s*\{/.test(text)) return { kind: 'json', text };
  return { kind: /^(?:- )?["']?apiVersion["']?[ \t]*:/m.test(text) ? 'manifests' : 'containerd' };
}

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
