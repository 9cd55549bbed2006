import { array, description, type InferOutput, pipe } from 'valibot';
import { DEFAULT_AUTHORITY_ID } from '../../../authorities/default-authority.ts';
import { nameExtendedKeyUsage } from '../../../x509/certificate/extended-key-usages.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonAnswer } from '../../endpoint.ts';
import { flag, named, text, texts, whole } from '../common/answer-fields.ts';

const PROFILE = named('Profile', {
  name: text('Its name, for `profile` of a request.'),
  validitySeconds: whole('The longest validity, from now on.'),
  noRevAvail: flag('Whether nothing tells of the revocation of its certificates (RFC 9608).'),
  extendedKeyUsages: texts('Names or dotted OIDs.'),
});

const PROFILES = named('Profiles', {
  profiles: pipe(array(PROFILE), description('In the order of the configuration.')),
});

const listProfiles = defineEndpoint({
  id: 'listProfiles',
  method: 'GET',
  path: '/api/v1/profiles',
  caller: 'certificates:Issue',
  tag: 'Certificates',
  summary: 'List profiles',
  description:
    'What an authority issues. A policy may forbid some of it: `POST /api/v1/certificates/preview` tells.',
  query: {
    authority: { description: 'Id of the authority. Default: `default`.', type: 'string' },
  },
  answers: {
    200: jsonAnswer('The profiles.', PROFILES, {
      profiles: [
        {
          name: 'tls-server',
          validitySeconds: 31_536_000,
          noRevAvail: false,
          extendedKeyUsages: ['serverAuth'],
        },
      ],
    }),
  },
  errors: ['authority-not-found', 'authority-unavailable'],
  handle: async (c) => {
    const { checkGrant, openCurrentAuthority, config } = c.get('services');
    await checkGrant(c.get('principal'));
    const id = c.get('url').searchParams.get('authority') ?? DEFAULT_AUTHORITY_ID;
    const profiles = (await openCurrentAuthority(id)).profiles ?? config.profiles;
    note(c, `listed ${profiles.size} profiles`);
    const answer: InferOutput<typeof PROFILES> = {
      profiles: [...profiles.values()].map((profile) => ({
        name: profile.name,
        validitySeconds: profile.validitySeconds,
        noRevAvail: profile.noRevAvail,
        extendedKeyUsages: profile.extendedKeyUsages.map(nameExtendedKeyUsage),
      })),
    };
    return c.json(answer);
  },
});

export const PROFILE_ENDPOINTS: readonly Endpoint[] = [listProfiles];
