import { maxDocumentBytes, type ItemPart, type SplitPart, type TextPart } from '../text/text-part.ts';

type Form = Exclude<SplitPart['form'], (TextPart | ItemPart)['form']>;

/** Why a part of a file is not looked at, and what to do where that is not the text's fault alone. */
export const passedOver: Readonly<Record<Form, readonly [message: string, fix?: string]>> = {
  oversized: [
    `This is larger than ${maxDocumentBytes / 1024 / 1024} MiB, which no Kubernetes object is, and no list of objects.`,
  ],
  'after end': [
    'kubectl passes over what follows the end of a document (...), so that it is not judged.',
    'Begin it with ---, or leave it out.',
  ],
};
