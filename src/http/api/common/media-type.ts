/**
 * Returns the media type that the client prefers (RFC 9110 section 12.5.1). Of equally good ones, and if
 * it accepts none, the first one.
 * @param offered in lower case, without parameters
 */
export function chooseMediaType<MediaType extends string>(
  request: Request,
  offered: readonly [MediaType, ...MediaType[]],
): MediaType {
  const accept = request.headers.get('Accept');
  let [best] = offered;
  // Many clients have no preference.
  if (accept === null || accept === '*/*') return best;
  for (const each of offered) if (weigh(accept, each) > weigh(accept, best)) best = each;
  return best;
}

/** Returns the weight that an Accept header gives to a media type, 0 to 1. */
function weigh(accept: string, mediaType: string): number {
  const [type = ''] = mediaType.split('/');
  let best = { specificity: -1, weight: 0 };
  for (const range of accept.split(',')) {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const specificity = [`*/*`, `${type}/*`, mediaType].indexOf(name);
    if (specificity <= best.specificity) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    best = { specificity, weight: weight === undefined ? 1 : Number(weight) || 0 };
  }
  return best.weight;
}
