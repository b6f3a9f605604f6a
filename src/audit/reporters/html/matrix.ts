import type { MatrixCell, NodeMatrix } from '../../node-matrix.ts';
import { counted } from '../reporter.ts';
import { escapeHtml } from './escape.ts';

const words: Readonly<Record<MatrixCell, { readonly text: string; readonly badge: string }>> = {
  there: { text: 'there', badge: '' },
  lacking: { text: 'lacks a part', badge: 'error' },
  absent: { text: 'not there', badge: 'warning' },
  unknown: { text: 'not known', badge: 'info' },
  unused: { text: '–', badge: '' },
};

/** The table of classes and nodes, where nodes say what they have. Nodes that are alike share a column. */
export function matrixTable(matrix: NodeMatrix | undefined): string {
  if (matrix === undefined || matrix.rows.length === 0) return '';
  const { columns, rows, more } = matrix;
  const heads = columns.map(({ count, example, says }) => {
    const which =
      count === 1 ? escapeHtml(example) : `${escapeHtml(example)} and ${counted(count - 1, 'more', 'more')}`;
    return `<th scope="col">${which}${says ? '' : ' <span class="soft">(does not say)</span>'}</th>`;
  });
  const lines = rows.map(
    ({ runtimeClass, cells }) =>
      `<tr><th scope="row">${escapeHtml(runtimeClass)}</th>${cells.map(cellOf).join('')}</tr>`,
  );
  const left = [
    ...(more.nodes > 0 ? [counted(more.nodes, 'node', 'nodes')] : []),
    ...(more.classes > 0 ? [counted(more.classes, 'class', 'classes')] : []),
  ];
  return `<section aria-labelledby="matrix-title">
<h2 id="matrix-title">Classes and nodes</h2>
<div class="scroll">
<table class="matrix">
<thead><tr><th scope="col">Class</th>${heads.join('')}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table>
</div>
<p class="soft">A dash: pods of the class cannot be scheduled there.${left.length === 0 ? '' : ` … and ${left.join(' and ')} more.`}</p>
</section>
`;
}

function cellOf(cell: MatrixCell): string {
  const { text, badge } = words[cell];
  return badge === '' ? `<td>${text}</td>` : `<td><span class="badge ${badge}">${text}</span></td>`;
}
