/** What a finding says of its subject. finding/wording.ts makes sentences of it. */
export type Statement = Sentence | Predicate | HandlerStatement;

/** A sentence by itself, with its full stop: a text that does not name the subject, or one that does. */
export type Sentence = string | { readonly kind: 'sentence'; readonly namesSubject: true; readonly text: string };

/** A sentence that names what it is about. @param text with its full stop */
export function naming(text: string): Sentence {
  return { kind: 'sentence', namesSubject: true, text };
}

/** What goes on from the subject: `Pod default/web -> RuntimeClass "kata": no such RuntimeClass.` */
export type Predicate = {
  readonly kind: 'predicate';
  /** How many links of the chain are walked first. */
  readonly links: number;
  /** The link of these that it is about, which stays where the chain is left out; undefined for the object itself. */
  readonly about?: number;
  /** What it says, without a full stop; it begins with what joins it, such as a colon or a blank. */
  readonly text: string;
  /** Goes on from the text with several of a kind; where there is little room, the first and how many more. */
  readonly list?: { readonly items: readonly string[]; readonly separator: ', ' | '; ' };
  /** Goes on from the text, and is left out where there is little room. */
  readonly detail?: string;
};

/** What is said of a handler, by whatever chain leads to it. */
export type HandlerStatement = {
  readonly kind: 'handler';
  readonly handler: string;
  /** How many links of the chain lead to the handler, itself included. */
  readonly links: number;
  readonly flaw: HandlerFlaw;
};

/** What is wrong, or worth knowing, about a handler. `nodes` is a clause about what nodes report. */
export type HandlerFlaw =
  /** Its name is refused. The predicate begins with `is`. */
  | { readonly is: 'refused'; readonly predicate: string }
  /** There is none, and another field has what was meant to be it. */
  | { readonly is: 'misplaced'; readonly at: string; readonly value: string }
  /** The shim that its class declares for it is refused. */
  | { readonly is: 'refused claim'; readonly claim: string; readonly predicate: string }
  /** The class declares another shim than the table. */
  | { readonly is: 'contradicted'; readonly claim: string; readonly table: string }
  /** It is a shim name that no table has. */
  | { readonly is: 'shim name' }
  | { readonly is: 'undeclared'; readonly nodes: string; readonly isReported: boolean }
  | { readonly is: 'on no node'; readonly nodes: string }
  /** What nodes themselves say of it; a clause that goes on from the handler. */
  | { readonly is: 'said by nodes'; readonly text: string }
  /** A node lists it without any feature. */
  | { readonly is: 'featureless'; readonly node: string };
