import type { Dialect } from '../route.ts';
import { casErrors } from './errors.ts';
import { answerRpc } from './rpc.ts';

export const CAS: Dialect = {
  errorForm: casErrors,
  ownsAddress: (path) => path === '/',
  // The action, and so the scope, is part of what is signed: answerRpc checks both.
  authenticate: null,
  routes: [
    { method: 'GET', path: '/', caller: 'anyone', handle: answerRpc },
    { method: 'POST', path: '/', caller: 'anyone', handle: answerRpc },
  ],
};
