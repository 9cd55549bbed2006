import { buildPublic } from '../tools/openapi/build-public.ts';

// `wrangler dev` and `wrangler deploy` run this first, as [build] in wrangler.toml says.
buildPublic();
