import type { Chain } from '../../chains.ts';
import { counted } from '../reporter.ts';
import { empty, joined, markup, type Html } from './html.ts';

/** So many ways are drawn; the broken ones come first. */
export const maxDrawn = 14;

const columns = { pods: 0, class: 1, handler: 2, shim: 3, nodes: 4 } as const;
const columnWidth = 232;
const boxWidth = 188;
const boxHeight = 42;
const rowHeight = 58;
const headingHeight = 30;
const maxCharacters = 24;

const headings = ['PODS', 'RUNTIMECLASS', 'HANDLER', 'SHIM', 'NODES'];

const unknown = 'not known';

type Box = { readonly title: string; readonly subtitle: string };

/** The way from pods to nodes of each class, with a mark where it is broken. */
export function drawing(chains: readonly Chain[]): Html {
  const drawn = chains.slice(0, maxDrawn);
  const height = headingHeight + drawn.length * rowHeight;
  const width = columnWidth * (headings.length - 1) + boxWidth + 4;
  const lines = [
    markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="The way from pods over RuntimeClass, handler and shim to nodes, for each class">`,
    ...headings.map((heading, column) => markup`<text class="heading" x="${left(column)}" y="14">${heading}</text>`),
    ...drawn.map((chain, row) => drawChain(chain, headingHeight + row * rowHeight)),
    markup`</svg>`,
  ];
  return joined(lines, '\n');
}

function left(column: number): number {
  return column * columnWidth + 2;
}

function drawChain(chain: Chain, top: number): Html {
  const { fault } = chain;
  const broken = fault === undefined ? undefined : columns[fault.at];
  // A hint does not keep pods from getting further.
  const end = fault?.severity === 'error' ? broken : undefined;
  const boxes = boxesOf(chain);
  const parts = boxes.flatMap((box, column) => {
    const state =
      column === broken
        ? (fault?.severity ?? '')
        : end !== undefined && column > end
          ? 'beyond'
          : stateOf(chain, column);
    const wire = column === 0 ? empty : drawWire(column, top, end !== undefined && column > end);
    const mark = column === broken ? drawMark(fault?.severity ?? 'info', column, top) : empty;
    return [wire, drawBox(box, column, top, state), mark];
  });
  const title = fault === undefined ? 'No fault was found.' : fault.message;
  return markup`<g><title>${`${boxes[1]?.title ?? ''}: ${title}`}</title>${parts}</g>`;
}

function stateOf({ fault, nodes }: Chain, column: number): string {
  return fault === undefined && column === columns.nodes && nodes !== undefined && nodes.listing > 0 ? 'ok' : '';
}

function boxesOf(chain: Chain): readonly Box[] {
  const { runtimeClass, handler, runtimeType, shimBinary, pods, templates, nodes } = chain;
  return [
    { title: counted(pods, 'pod'), subtitle: counted(templates, 'template') },
    runtimeClass === undefined
      ? { title: 'no class', subtitle: 'the default runtime' }
      : { title: runtimeClass, subtitle: '' },
    { title: handler ?? unknown, subtitle: '' },
    { title: runtimeType ?? unknown, subtitle: shimBinary ?? '' },
    nodesBox(nodes),
  ];
}

function nodesBox(nodes: Chain['nodes']): Box {
  if (nodes === undefined) return { title: unknown, subtitle: '' };
  if (nodes.selected === 0) return { title: 'none is selected', subtitle: '' };
  return {
    title: `${nodes.listing.toLocaleString('en-US')} of ${counted(nodes.selected, 'node')}`,
    subtitle: counted(nodes.reporting, 'reports its handlers', 'report their handlers'),
  };
}

function drawBox({ title, subtitle }: Box, column: number, top: number, state: string): Html {
  const x = left(column);
  const isTall = subtitle !== '';
  const lines = [
    markup`<text x="${x + 10}" y="${top + (isTall ? 18 : 26)}">${clip(title)}</text>`,
    isTall
      ? markup`<text class="small" x="${x + 10}" y="${top + 33}">${clip(subtitle, maxCharacters + 4)}</text>`
      : empty,
  ];
  return markup`<g class="${state}"><rect x="${x}" y="${top}" width="${boxWidth}" height="${boxHeight}" rx="7"/>${lines}</g>`;
}

function drawWire(column: number, top: number, isBeyond: boolean): Html {
  const y = top + boxHeight / 2;
  const from = left(column - 1) + boxWidth;
  return markup`<path class="${isBeyond ? 'beyond' : ''}" d="M${from} ${y} H${left(column)}"/>`;
}

function drawMark(severity: string, column: number, top: number): Html {
  const sign = severity === 'error' ? '✕' : '!';
  return markup`<text class="mark ${severity}" x="${left(column) + boxWidth - 20}" y="${top + 18}">${sign}</text>`;
}

function clip(text: string, limit = maxCharacters): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
