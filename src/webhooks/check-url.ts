import { SignetError } from '../errors.ts';
import { findHostProblem } from '../net/post.ts';

const MAX_URL_CHARACTERS = 2048;

/**
 * Checks the URL of a webhook and returns it in its normal form. What its name resolves to is checked at
 * each delivery.
 * @throws SignetError invalid-parameter
 */
export function checkUrl(text: string, allowPrivateAddresses: boolean): string {
  if (text.length > MAX_URL_CHARACTERS) {
    throw refuse(`a URL of at most ${MAX_URL_CHARACTERS} characters`);
  }
  const url = URL.parse(text);
  if (url === null) throw refuse('a URL such as https://hooks.example.com/signet');
  const isPlain = url.protocol === 'http:' && allowPrivateAddresses;
  if (url.protocol !== 'https:' && !isPlain) throw refuse('a URL that begins with https://');
  if (url.username !== '' || url.password !== '') {
    throw refuse('a URL without credentials: deliveries are signed instead');
  }
  if (url.port === '0') throw refuse('a URL with another port than 0');
  if (url.hash !== '') throw refuse('a URL without a fragment (#…)');
  const problem = findHostProblem(url, allowPrivateAddresses);
  if (problem !== null) throw refuse(`a URL of another host: ${problem}`);
  return url.href;
}

function refuse(form: string): SignetError {
  return new SignetError('invalid-parameter', `'url' must be ${form}.`, { field: 'url' });
}
