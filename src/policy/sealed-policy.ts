import { encodeUtf8 } from '../bytes.ts';
import type { Sealer } from '../keys/sealing.ts';
import { parsePolicyRules } from './parse-policy-rules.ts';
import type { Policy } from './policy.ts';
import { policyRecordId, type SealedPolicy } from './store.ts';

/** @throws SignetError sealing-unavailable */
export async function sealPolicy(sealer: Sealer, policy: Policy): Promise<SealedPolicy> {
  const { rules, ...row } = policy;
  const json = encodeUtf8(JSON.stringify(rules));
  return { ...row, sealedRules: await sealer.seal(policyRecordId(row), json) };
}

/** @throws SignetError sealing-unavailable, also if another program has changed the row */
export async function openPolicy(sealer: Sealer, sealed: SealedPolicy): Promise<Policy> {
  const { sealedRules, ...row } = sealed;
  const opened = await sealer.open(policyRecordId(row), sealedRules);
  const json: unknown = JSON.parse(new TextDecoder().decode(opened));
  return { ...row, rules: parsePolicyRules(json) };
}
