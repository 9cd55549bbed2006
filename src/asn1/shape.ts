import type { AsnType } from 'asn1js';
import { equalBytes } from '../bytes.ts';
import { buildBlock, buildConstructed, buildOpaque } from './blocks.ts';
import { type DerElement, DerError, readChildren, readElement, readOnly, TAG } from './der.ts';
import { assertSorted } from './strict-der.ts';

/**
 * The form of a structure, element by element. The schema library needs it: alone it drops elements
 * that its schema does not name, reads a misplaced optional field as absent, and accepts a default
 * value that is written out.
 */
export interface Shape {
  /** Checks an element whose tag is right already. @throws DerError with what is wrong */
  check(element: DerElement): void;
  /** Checks the element and makes what the schema library reads. @throws DerError */
  build(element: DerElement): AsnType;
}

export interface Field {
  readonly name: string;
  /** The tags that the field may have; empty for any tag. */
  readonly tags: readonly number[];
  readonly shape?: Shape;
  readonly isOptional?: true;
  /** Whether the schema class keeps the field as encoded bytes. */
  readonly isOpaque?: true;
  /** The default value, which DER leaves out (X.690 section 11.5). */
  readonly defaultDer?: Uint8Array;
}

const ANY_TAG: readonly number[] = [];

/** @param tags one tag, or those of a CHOICE */
export function required(name: string, tags: number | readonly number[], shape?: Shape): Field {
  const all = typeof tags === 'number' ? [tags] : tags;
  return shape === undefined ? { name, tags: all } : { name, tags: all, shape };
}

export function optional(name: string, tags: number | readonly number[], shape?: Shape): Field {
  return { ...required(name, tags, shape), isOptional: true };
}

export function opaque(name: string, tags: number | readonly number[], shape?: Shape): Field {
  return { ...required(name, tags, shape), isOpaque: true };
}

export function withDefault(
  name: string,
  tag: number,
  defaultDer: Uint8Array,
  shape?: Shape,
): Field {
  return { ...optional(name, tag, shape), defaultDer };
}

const FALSE_DER = Uint8Array.of(TAG.boolean, 1, 0);

/** BOOLEAN DEFAULT FALSE. */
export function defaultFalse(name: string): Field {
  return withDefault(name, TAG.boolean, FALSE_DER);
}

/** A field of the type ANY. */
export function any(name: string): Field {
  return required(name, ANY_TAG);
}

/** A type without elements of its own to check. */
export const PRIMITIVE: Shape = { check: () => {}, build: buildBlock };

/** A SEQUENCE of exactly these fields, in this order. */
export function sequence(typeName: string, fields: readonly Field[]): Shape {
  function walk({ content }: DerElement, blocks: AsnType[] | null): void {
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
      if (blocks === null) field.shape?.check(element);
      else blocks.push(buildField(field, element));
      offset += element.bytes.length;
    }
    if (offset < content.length) {
      const element = readElement(content, offset);
      throw new DerError(`${typeName} has an extra or misplaced element${found(element)}`);
    }
  }
  return {
    check: (element) => walk(element, null),
    build(element) {
      const blocks: AsnType[] = [];
      walk(element, blocks);
      return buildConstructed(element, blocks);
    },
  };
}

function buildField({ shape = PRIMITIVE, isOpaque }: Field, element: DerElement): AsnType {
  if (!isOpaque) return shape.build(element);
  shape.check(element);
  return buildOpaque(element);
}

function hasTagOf({ tags }: Field, { tag }: DerElement): boolean {
  return tags.length === 0 || tags.includes(tag);
}

function found(element: DerElement | undefined): string {
  return element === undefined ? '' : ` (found tag 0x${element.tag.toString(16).padStart(2, '0')})`;
}

/** A SEQUENCE OF or SET OF. @param item like a field; its name is that of the list */
export function listOf(item: Field, options: { readonly mayBeEmpty?: true } = {}): Shape {
  const readItems = ({ content }: DerElement): DerElement[] => {
    const elements = readChildren(content);
    if (elements.length === 0 && !options.mayBeEmpty) throw new DerError(`${item.name} is empty`);
    for (const element of elements) {
      if (!hasTagOf(item, element)) {
        throw new DerError(`${item.name} has an item of the wrong type${found(element)}`);
      }
    }
    return elements;
  };
  return {
    check(element) {
      for (const each of readItems(element)) item.shape?.check(each);
    },
    build: (element) =>
      buildConstructed(
        element,
        readItems(element).map((each) => buildField(item, each)),
      ),
  };
}

/** A SET OF under an implicit tag, where the DER gate cannot see that it is one. May be empty. */
export function implicitSetOf(item: Field): Shape {
  const list = listOf(item, { mayBeEmpty: true });
  return {
    check(element) {
      list.check(element);
      assertSorted(readChildren(element.content));
    },
    build(element) {
      assertSorted(readChildren(element.content));
      return list.build(element);
    },
  };
}

/** An explicit tag around one element of `tag`. */
export function explicit(tag: number, shape: Shape = PRIMITIVE): Shape {
  return {
    check: ({ content }) => shape.check(readOnly(content, tag)),
    build: (element) => buildConstructed(element, [shape.build(readOnly(element.content, tag))]),
  };
}

/** A BIT STRING of whole bytes, as keys and signatures are. */
export function wholeBytes(typeName: string): Shape {
  const check = ({ content }: DerElement): void => {
    if (content[0] !== 0) throw new DerError(`${typeName} has unused bits`);
  };
  return {
    check,
    build(element) {
      check(element);
      return buildBlock(element);
    },
  };
}
