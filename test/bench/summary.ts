import type { LoadResult } from '../support/load/load.ts';

export const variants = ['https', 'express', 'mutate', 'large', 'validate'] as const;

export type Variant = (typeof variants)[number];

export type Figures = {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server, all its threads. */
  readonly cpuMsPerRequest: number | undefined;
  /** Share of its core that the server used; well below 1, the load was the bottleneck and the figures say nothing. */
  readonly serverUtilisation: number | undefined;
  readonly loadUtilisation: number;
};

export const ratioNames = [
  'mutate/express',
  'mutate/https',
  'validate/https',
  'express/https',
  'large/mutate',
] as const;

type RatioName = (typeof ratioNames)[number];

const ratioParts: Readonly<Record<RatioName, readonly [Variant, Variant]>> = {
  'mutate/express': ['mutate', 'express'],
  'mutate/https': ['mutate', 'https'],
  'validate/https': ['validate', 'https'],
  'express/https': ['express', 'https'],
  'large/mutate': ['large', 'mutate'],
};

export type Round = {
  readonly figures: Readonly<Record<Variant, Figures>>;
  /** Of requests per second. */
  readonly ratios: Ratios<number>;
  /** Of requests per second of the server's processor time: what the former would be if nothing else ran here. */
  readonly cpuRatios: Ratios<number | undefined>;
};

type Ratios<Value> = Readonly<Record<RatioName, Value>>;

export type Target = {
  readonly name: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** More is aimed at than is promised. */
  readonly aim?: number;
  readonly isMet: boolean;
};

export function figuresOf(result: LoadResult): Figures {
  const { requests, seconds, p50Ms, p99Ms, serverCpuSeconds, loadCpuSeconds } = result;
  return {
    requestsPerSecond: requests / seconds,
    p50Ms,
    p99Ms,
    cpuMsPerRequest: serverCpuSeconds === undefined ? undefined : (serverCpuSeconds * 1000) / requests,
    serverUtilisation: serverCpuSeconds === undefined ? undefined : serverCpuSeconds / seconds,
    loadUtilisation: loadCpuSeconds / seconds,
  };
}

export function roundOf(measured: ReadonlyMap<Variant, Figures>): Round {
  const figures = byName(variants, (variant) => {
    const one = measured.get(variant);
    if (one === undefined) throw new Error(`${variant} was not measured`);
    return one;
  });
  return {
    figures,
    ratios: byName(ratioNames, (name) => {
      const [one, other] = ratioParts[name];
      return figures[one].requestsPerSecond / figures[other].requestsPerSecond;
    }),
    cpuRatios: byName(ratioNames, (name) => {
      const [one, other] = ratioParts[name];
      const [cpu, otherCpu] = [figures[one].cpuMsPerRequest, figures[other].cpuMsPerRequest];
      return cpu === undefined || otherCpu === undefined ? undefined : otherCpu / cpu;
    }),
  };
}

/** The median of each number on its own. */
export function medianRound(rounds: readonly Round[]): Round {
  const figuresFor = (variant: Variant): Figures => {
    const known = rounds.map(({ figures }) => figures[variant]);
    const of = (pick: (one: Figures) => number | undefined) => medianOfKnown(known.map(pick));
    return {
      requestsPerSecond: median(known.map((one) => one.requestsPerSecond)),
      p50Ms: median(known.map((one) => one.p50Ms)),
      p99Ms: median(known.map((one) => one.p99Ms)),
      cpuMsPerRequest: of((one) => one.cpuMsPerRequest),
      serverUtilisation: of((one) => one.serverUtilisation),
      loadUtilisation: median(known.map((one) => one.loadUtilisation)),
    };
  };
  return {
    figures: byName(variants, figuresFor),
    ratios: byName(ratioNames, (name) => median(rounds.map(({ ratios }) => ratios[name]))),
    cpuRatios: byName(ratioNames, (name) => medianOfKnown(rounds.map(({ cpuRatios }) => cpuRatios[name]))),
  };
}

/** Whether a server was kept from using its core, by other processes or by too little load. */
export function isDisturbed({ figures }: Round): boolean {
  return variants.some((variant) => (figures[variant].serverUtilisation ?? 1) < 0.95);
}

/**
 * What the project promises of itself: of requests per second of processor time, since requests per second say nothing
 * where others are at work. Where the system does not tell, they have to do.
 */
export function judge(middle: Round, readyMs: number): readonly Target[] {
  const reach = (name: RatioName, atLeast: number, aim?: number): Target => {
    const value = middle.cpuRatios[name] ?? middle.ratios[name];
    return { name, value, atLeast, ...(aim !== undefined && { aim }), isMet: value >= atLeast };
  };
  return [
    reach('mutate/express', 0.95, 1),
    reach('mutate/https', 0.7, 0.75),
    reach('large/mutate', 0.9),
    { name: 'start to ready, ms', value: readyMs, atMost: 1500, isMet: readyMs <= 1500 },
  ];
}

/** The values a quarter and three quarters of the way from the least to the most, or the next ones outwards. */
export function quartiles(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const last = sorted.length - 1;
  return [sorted[Math.floor(last * 0.25)] ?? NaN, sorted[Math.ceil(last * 0.75)] ?? NaN];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[sorted.length / 2 - 1] ?? NaN) + upper) / 2;
}

function medianOfKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}

function byName<Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name) => Value,
): Readonly<Record<Name, Value>> {
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, Value>;
}
