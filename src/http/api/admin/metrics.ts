import { describeFigures } from '../../../metrics/describe-figures.ts';
import { isolateMeter } from '../../../metrics/isolate-meter.ts';
import {
  formatOpenMetrics,
  formatPrometheus,
  OPEN_METRICS_TYPE,
  PROMETHEUS_TYPE,
} from '../../../metrics/open-metrics.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint } from '../../endpoint.ts';
import { chooseMediaType } from '../common/media-type.ts';

const readMetrics = defineEndpoint({
  id: 'readMetrics',
  method: 'GET',
  path: '/metrics',
  caller: 'metrics:Read',
  rootOnly: true,
  tag: 'Administration',
  summary: 'Read metrics',
  description:
    'Counts of certificates, revocations, CRLs and jobs for Prometheus, as OpenMetrics 1.0, or in the older text form of Prometheus if `Accept` asks for `text/plain` only. What begins with `signet_isolate_` is of the isolate that answers.',
  answers: {
    200: {
      description: 'The metrics.',
      content: {
        'application/openmetrics-text': {
          schema: { type: 'string' },
          example: '# TYPE signet_build info\nsignet_build_info{version="0.1.0"} 1\n# EOF\n',
        },
      },
    },
  },
  errors: [],
  handle: async (c) => {
    const figures = await c.get('services').readFigures(c.get('principal'));
    note(c, 'read metrics');
    const families = [...describeFigures(figures), ...isolateMeter.listFamilies()];
    const form = chooseMediaType(c.req.raw, ['application/openmetrics-text', 'text/plain']);
    const headers = { Vary: 'Accept' };
    return form === 'text/plain'
      ? c.body(formatPrometheus(families), 200, { ...headers, 'Content-Type': PROMETHEUS_TYPE })
      : c.body(formatOpenMetrics(families), 200, { ...headers, 'Content-Type': OPEN_METRICS_TYPE });
  },
});

export const METRICS_ENDPOINTS: readonly Endpoint[] = [readMetrics];
