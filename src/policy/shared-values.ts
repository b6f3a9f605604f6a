/**
 * So many characters are shared at most. Those of a cluster are some thousand; beyond, sharing begins anew, so that a node
 * which says something else all the time cannot fill the memory.
 */
const maxSharedCharacters = 4 * 1024 * 1024;

/** Values of which equal ones are one object: nodes of a pool say the same. */
export class SharedValues<Value> {
  #byText = new Map<string, Value>();
  #characters = 0;

  /** @param text the same for what is the same value @param make makes it where it is not there yet */
  of(text: string, make: () => Value): Value {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.#characters + text.length > maxSharedCharacters) {
      this.#byText = new Map();
      this.#characters = 0;
    }
    const value = make();
    this.#byText.set(text, value);
    this.#characters += text.length;
    return value;
  }
}
