import type { Subtree } from './name-constraint-forms.ts';

/** Formats a subtree as parseSubtreeText reads it. Kinds that it does not read become # and hex. */
export function formatSubtree(subtree: Subtree): string {
  switch (subtree.kind) {
    case 'ip':
      return `${formatAddress(subtree.address)}/${countPrefix(subtree.mask)}`;
    case 'directory':
      return `#${subtree.nameDer.toHex()}`;
    case 'unsupported':
      return `#${subtree.baseDer.toHex()}`;
    default:
      return subtree.value;
  }
}

function formatAddress(address: Uint8Array): string {
  if (address.length === 4) return address.join('.');
  return (address.toHex().match(/.{4}/g) ?? [])
    .map((group) => group.replace(/^0{1,3}/, ''))
    .join(':');
}

/** Counts the ones of a mask, which come before its zeros. */
export function countPrefix(mask: Uint8Array): number {
  let ones = 0;
  for (const octet of mask) ones += octet.toString(2).replaceAll('0', '').length;
  return ones;
}
