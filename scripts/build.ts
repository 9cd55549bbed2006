import './build-assets.ts';
import { buildDist } from '../tools/machine/build-dist.ts';

await buildDist();
