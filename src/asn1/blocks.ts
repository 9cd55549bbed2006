import { type AsnType, Constructed, fromBER, Null, Sequence, Set as SetBlock } from 'asn1js';
import { type DerElement, DerError, TAG } from './der.ts';

/**
 * Makes the blocks that the schema library reads from elements that our own reader has read. The
 * library's own reader would make blocks for everything inside opaque fields too, which takes more
 * time than all the rest.
 */

/** Views of the input instead of copies, and no attempt to read the content of strings as ASN.1. */
const OPTIONS = { parseEmbedded: false, copyInput: false };

const CONTEXT_CLASS = 3;

/** Reads an element with all that is inside it. @throws DerError */
export function buildBlock({ bytes }: DerElement): AsnType {
  const { result, offset } = readBlock(bytes);
  if (offset === -1) throw new DerError(result.error);
  return result;
}

function readBlock(der: Uint8Array): ReturnType<typeof fromBER> {
  try {
    return fromBER(der, OPTIONS);
  } catch (error) {
    // The library throws plain errors, for example for a time of another form.
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new DerError(`an element cannot be read: ${reason}`, { cause: error });
  }
}

/** @param value blocks of the elements inside */
export function buildConstructed(element: DerElement, value: AsnType[]): AsnType {
  const block = newConstructed(element.tag, value);
  block.valueBeforeDecodeView = element.bytes;
  return block;
}

function newConstructed(tag: number, value: AsnType[]): Constructed {
  if (tag === TAG.sequence) return new Sequence({ value });
  if (tag === TAG.set) return new SetBlock({ value });
  return new Constructed({ idBlock: { tagClass: CONTEXT_CLASS, tagNumber: tag & 0x1f }, value });
}

/** What all blocks of opaque fields inherit from: to construct each one takes longer than to read it. */
const OPAQUE_BLOCK: AsnType = new Null();

/** Makes a block that has only its bytes, which is what an opaque field reads. */
export function buildOpaque({ bytes }: DerElement): AsnType {
  const block: AsnType = Object.create(OPAQUE_BLOCK);
  block.valueBeforeDecodeView = bytes;
  return block;
}
