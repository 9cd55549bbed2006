const JSON_TYPE = /^application\/json\b/;

/**
 * Appends a newline to a JSON answer, so that a terminal shows the next prompt on its own line.
 * Answers that the edge caches are not JSON, so no ETag changes.
 */
export async function endJsonWithNewline(response: Response): Promise<Response> {
  if (response.body === null || !JSON_TYPE.test(response.headers.get('Content-Type') ?? '')) {
    return response;
  }
  return new Response(`${await response.text()}\n`, response);
}
