import type { Dialect } from '../route.ts';
import { casErrors } from './errors.ts';
import { answerRpc } from './rpc.ts';

// biome-ignore format: one line for each route, to be read as a table
export const CAS: Dialect = {
  errorForm: casErrors,
  ownsAddress: (path) => path === '/',
  authenticate: null,
  routes: [
    { method: 'GET', path: '/', caller: 'anyone', handle: answerRpc },
    { method: 'POST', path: '/', caller: 'anyone', handle: answerRpc },
  ],
};
