import {
  array,
  description,
  exactOptional,
  type GenericSchema,
  nullable,
  picklist,
  pipe,
} from 'valibot';
import { named, text, textOrNull, whole } from '../common/answer-fields.ts';

/** Names in the decoded form of a certificate. */

export const list = <Item extends GenericSchema>(item: Item, what: string) =>
  pipe(array(item), description(what));
export const listOrNull = <Item extends GenericSchema>(item: Item, what: string) =>
  pipe(nullable(array(item)), description(what));

export const NAME_ATTRIBUTE = named('NameAttribute', {
  rdn: whole('The position of its RDN, from 0 on. The attributes of one RDN have the same.'),
  oid: text('OID of its type.'),
  type: text('Short name of its type, such as `CN`, or its OID.'),
  value: textOrNull('null if it is not text.'),
  hex: textOrNull('The DER of a value that is not text, in hexadecimal; null for text.'),
});

export const NAME = named('DecodedName', {
  text: text('RFC 4514, with deceptive characters escaped.'),
  attributes: list(NAME_ATTRIBUTE, 'In the order of the certificate, least specific first.'),
});

export const GENERAL_NAME = named('GeneralName', {
  kind: picklist([
    'dns',
    'ip',
    'email',
    'uri',
    'directory',
    'registeredId',
    'other',
    'x400',
    'ediParty',
  ]),
  value: text(
    'As it is in the certificate: escape it before you show it. Unreadable: `#` and hex.',
  ),
  attributes: exactOptional(list(NAME_ATTRIBUTE, 'Of a directory name.')),
});
