import { SignetError } from '../errors.ts';

/** The policies are not those that were judged any more. The operation is repeated once with the new ones. */
export class PolicyChanged extends SignetError {
  constructor() {
    super('in-use', 'A policy that bounds this was changed at the same time. Try again.');
  }
}
