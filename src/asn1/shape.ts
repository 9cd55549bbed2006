import { equalBytes } from '../bytes.ts';
import { type DerElement, DerError, readChildren, readElement, readOnly, TAG } from './der.ts';
import { assertSorted } from './strict-der.ts';

/**
 * Shapes count the elements of a structure. The schema library needs this: it drops elements that
 * its schema does not name, reads a misplaced optional field as absent, and takes a default value
 * that is written out.
 */

/** Checks an element whose tag is right already. @throws DerError with what is wrong */
export type Shape = (element: DerElement) => void;

export interface Field {
  readonly name: string;
  /** The tags that the field may have; empty for any tag. */
  readonly tags: readonly number[];
  readonly shape?: Shape;
  readonly isOptional?: true;
  /** The default value, which DER leaves out (X.690 section 11.5). */
  readonly defaultDer?: Uint8Array;
}

const ANY_TAG: readonly number[] = [];

/** @param tags one tag, or those of a CHOICE */
export function required(name: string, tags: number | readonly number[], shape?: Shape): Field {
  const all = typeof tags === 'number' ? [tags] : tags;
  return shape === undefined ? { name, tags: all } : { name, tags: all, shape };
}

/** @param tags one tag, or those of a CHOICE */
export function optional(name: string, tags: number | readonly number[], shape?: Shape): Field {
  return { ...required(name, tags, shape), isOptional: true };
}

export function withDefault(name: string, tag: number, defaultDer: Uint8Array): Field {
  return { ...required(name, tag), isOptional: true, defaultDer };
}

/** A field of the type ANY. */
export function any(name: string): Field {
  return required(name, ANY_TAG);
}

/** A SEQUENCE of exactly these fields, in this order. */
export function sequence(typeName: string, fields: readonly Field[]): Shape {
  return ({ content }) => {
    let offset = 0;
    for (const field of fields) {
      const element = offset < content.length ? readElement(content, offset) : undefined;
      if (element === undefined || !hasTagOf(field, element)) {
        if (field.isOptional) continue;
        throw new DerError(`${typeName} lacks its ${field.name}${found(element)}`);
      }
      if (field.defaultDer !== undefined && equalBytes(element.bytes, field.defaultDer)) {
        throw new DerError(`${typeName} writes out the default of ${field.name}`);
      }
      field.shape?.(element);
      offset += element.bytes.length;
    }
    if (offset < content.length) {
      const element = readElement(content, offset);
      throw new DerError(`${typeName} has an extra or misplaced element${found(element)}`);
    }
  };
}

function hasTagOf({ tags }: Field, { tag }: DerElement): boolean {
  return tags.length === 0 || tags.includes(tag);
}

function found(element: DerElement | undefined): string {
  return element === undefined ? '' : ` (found tag 0x${element.tag.toString(16).padStart(2, '0')})`;
}

/** A SEQUENCE OF or SET OF with one element at least. */
export function listOf(
  typeName: string,
  itemTags: number | readonly number[],
  item?: Shape,
): Shape {
  const tags = typeof itemTags === 'number' ? [itemTags] : itemTags;
  return ({ content }) => {
    const elements = readChildren(content);
    if (elements.length === 0) throw new DerError(`${typeName} is empty`);
    for (const element of elements) {
      if (!tags.includes(element.tag)) {
        throw new DerError(`${typeName} has an item of the wrong type${found(element)}`);
      }
      item?.(element);
    }
  };
}

/** A SET OF under an implicit tag, where the DER gate cannot see that it is one. May be empty. */
export function implicitSetOf(typeName: string, itemTag: number, item: Shape): Shape {
  const list = listOf(typeName, itemTag, item);
  return (element) => {
    if (element.content.length === 0) return;
    list(element);
    assertSorted(readChildren(element.content));
  };
}

/** An explicit tag around one element of `tag`. */
export function explicit(tag: number, shape?: Shape): Shape {
  return ({ content }) => {
    const inner = readOnly(content, tag);
    shape?.(inner);
  };
}

/** A BIT STRING of whole bytes, as keys and signatures are. */
export function wholeBytes(typeName: string): Shape {
  return ({ content }) => {
    if (content[0] !== 0) throw new DerError(`${typeName} has unused bits`);
  };
}

const FALSE_DER = Uint8Array.of(TAG.boolean, 1, 0);

/** BOOLEAN DEFAULT FALSE. */
export function defaultFalse(name: string): Field {
  return withDefault(name, TAG.boolean, FALSE_DER);
}
