import type { Family } from './open-metrics.ts';

/** Counts what this isolate does. The platform may run several isolates, and ends each some time. */
export interface IsolateMeter {
  /** @param route the pattern of its path, or null if none matched */
  countRequest(route: string | null, status: number): void;
  countTrip(ms: number): void;
  listFamilies(): readonly Family[];
}

export function createIsolateMeter(): IsolateMeter {
  const requests = new Map<string, { route: string; status: string; count: number }>();
  let trips = 0;
  let tripMs = 0;
  return {
    countRequest(route, status) {
      const key = `${status} ${route ?? ''}`;
      const known = requests.get(key);
      if (known === undefined) {
        requests.set(key, { route: route ?? 'none', status: String(status), count: 1 });
      } else known.count++;
    },
    countTrip(ms) {
      trips++;
      tripMs += ms;
    },
    listFamilies: () => [
      {
        name: 'signet_isolate_requests',
        type: 'counter',
        help: 'Requests that this isolate answered, without those from the edge cache.',
        samples: [...requests.values()].map(({ route, status, count }) => ({
          labels: { route, status },
          value: count,
        })),
      },
      {
        name: 'signet_isolate_d1_round_trips',
        type: 'counter',
        help: 'Round trips of this isolate to D1.',
        samples: [{ labels: {}, value: trips }],
      },
      {
        name: 'signet_isolate_d1_seconds',
        type: 'counter',
        unit: 'seconds',
        help: 'Time that this isolate waited for D1, summed over concurrent round trips.',
        samples: [{ labels: {}, value: tripMs / 1000 }],
      },
    ],
  };
}

/** The one of this isolate: what counts is far from what reads. */
export const isolateMeter = createIsolateMeter();
