/** How often a class is named. */
export type Uses = { readonly pods: number; readonly templates: number };

/** Anybody who may create a pod template can name a class that does not exist: so many of them are told apart. */
const maxUnknownNames = 1_000;

/** The same while it is counted. */
type Counter = { -readonly [what in keyof Uses]: Uses[what] };

const none: Uses = { pods: 0, templates: 0 };

/** Counts which classes pods and pod templates name, in memory that does not grow with their number. */
export class Usage {
  readonly #known: ReadonlySet<string>;
  readonly #uses = new Map<string, Counter>();
  #unknownNames = 0;
  readonly #withoutClass: Counter = { ...none };

  /** @param known the classes that there are */
  constructor(known: Iterable<string>) {
    this.#known = new Set(known);
  }

  /** @param className undefined where none is named */
  count(className: string | undefined, what: keyof Uses): void {
    if (className === undefined) {
      this.#withoutClass[what]++;
      return;
    }
    let uses = this.#uses.get(className);
    if (uses === undefined) {
      if (!this.#known.has(className) && this.#unknownNames++ >= maxUnknownNames) return;
      uses = { ...none };
      this.#uses.set(className, uses);
    }
    uses[what]++;
  }

  of(className: string): Uses {
    return this.#uses.get(className) ?? none;
  }

  /** Pods and templates that name no class. */
  get withoutClass(): Uses {
    return this.#withoutClass;
  }

  /** Names of classes that there are not. */
  get unknownClasses(): readonly string[] {
    return [...this.#uses.keys()].filter((name) => !this.#known.has(name));
  }
}
