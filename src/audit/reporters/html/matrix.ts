import type { MatrixCell, NodeMatrix } from '../../node-matrix.ts';
import { counted } from '../reporter.ts';
import { empty, joined, markup, type Html } from './html.ts';

const words: Readonly<Record<MatrixCell, { readonly text: string; readonly badge: string }>> = {
  there: { text: 'there', badge: '' },
  lacking: { text: 'lacks a part', badge: 'error' },
  absent: { text: 'not there', badge: 'warning' },
  unknown: { text: 'not known', badge: 'info' },
  unused: { text: '–', badge: '' },
};

/** The table of classes and nodes, where nodes say what they have. Nodes that are alike share a column. */
export function matrixTable(matrix: NodeMatrix | undefined): Html {
  if (matrix === undefined || matrix.rows.length === 0) return empty;
  const { columns, rows, more } = matrix;
  const heads = columns.map(({ count, example, says }) => {
    const which = count === 1 ? example : `${example} and ${counted(count - 1, 'more', 'more')}`;
    return markup`<th scope="col">${which}${says ? '' : markup` <span class="soft">(does not say)</span>`}</th>`;
  });
  const lines = rows.map(
    ({ runtimeClass, cells }) => markup`<tr><th scope="row">${runtimeClass}</th>${cells.map(cellOf)}</tr>`,
  );
  const left = [
    ...(more.nodes > 0 ? [counted(more.nodes, 'node', 'nodes')] : []),
    ...(more.classes > 0 ? [counted(more.classes, 'class', 'classes')] : []),
  ];
  return markup`<section aria-labelledby="matrix-title">
<h2 id="matrix-title">Classes and nodes</h2>
<div class="scroll" role="group" tabindex="0" aria-label="Table, which scrolls">
<table class="matrix">
<thead><tr><th scope="col">Class</th>${heads}</tr></thead>
<tbody>
${joined(lines, '\n')}
</tbody>
</table>
</div>
<p class="soft">A dash: pods of the class cannot be scheduled there.${left.length === 0 ? '' : ` … and ${left.join(' and ')} more.`}</p>
</section>
`;
}

function cellOf(cell: MatrixCell): Html {
  const { text, badge } = words[cell];
  return badge === '' ? markup`<td>${text}</td>` : markup`<td><span class="badge ${badge}">${text}</span></td>`;
}
