import type { Challenge } from '../../../src/acme/challenges/challenge.ts';
import { type CaaRequest, checkCaa } from '../../../src/acme/challenges/check-caa.ts';
import { validateChallenge } from '../../../src/acme/challenges/validate-challenge.ts';
import { createNetwork, type NetworkSettings } from '../../../src/net/create-network.ts';
import { createPlatform } from '../../../src/net/platform.ts';

/** What a test asks this Worker to do. */
export interface CheckRequest {
  readonly settings: NetworkSettings;
  readonly challenge?: Challenge;
  readonly caa?: CaaRequest & { readonly identities: readonly string[] };
}

/** Runs checks of challenges in workerd, with the platform's own sockets, for tests in Node. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { settings, challenge, caa } = await request.json<CheckRequest>();
    const network = createNetwork(settings, createPlatform(null));
    if (challenge !== undefined) {
      return Response.json(await validateChallenge(network, challenge));
    }
    if (caa === undefined) return new Response(null, { status: 400 });
    const caaSettings = { identities: caa.identities, exemptSuffixes: [] };
    return Response.json(await checkCaa(network, caaSettings, caa));
  },
};
