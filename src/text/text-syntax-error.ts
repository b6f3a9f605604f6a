import type { Place } from './located-value.ts';

/** What stops a text from being read, and where. */
export class TextSyntaxError extends Error {
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}
