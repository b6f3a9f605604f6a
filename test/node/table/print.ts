import type { Observed } from './observe.ts';

/** What shimgate said beside what the node did, one row a pod, for people. */
export function sideBySide(observed: Iterable<Observed>, told: (pod: string) => readonly string[]): string {
  const lines = [...observed].map(({ pod, warned, outcome }) => {
    const said = [...warned, ...told(pod)].join(', ');
    const done = outcome.kind === 'fails' ? `fails: ${outcome.message.slice(-90)}` : 'runs';
    return `  ${pod.padEnd(20)} ${said.padEnd(44)} ${done}`;
  });
  return [`  ${'pod'.padEnd(20)} ${'shimgate'.padEnd(44)} the node`, ...lines].join('\n');
}
