/**
 * What Go's templates put between double braces: an action that begins a line, or stands where YAML or TOML have a value
 * without quotes. In quotes and in the middle of a text, as alerts and workflows have them, braces are nobody's template.
 */
const action = /^[ \t]*(?:- )?\{\{-?[ \t]*[\w.$("/]|[:=][ \t]+\{\{-?[ \t]*[\w.$("]/m;

/**
 * Whether a text is a template of Helm, or of another program in Go, that nobody has rendered. Ask only of what cannot be
 * parsed: what is sound as it stands is no template, whatever it holds.
 */
export function isUnrenderedTemplate(text: string): boolean {
  return action.test(text);
}

/** What there is to say of such a file, once. */
export const unrenderedTemplate = {
  message: 'This is a template that was not rendered: it has {{ … }} where values belong. What follows is not judged.',
  fix: 'Render it first, as `helm template` does, and give the result.',
} as const;
