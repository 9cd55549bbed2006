import { explainBadEmail } from '../x509/names/general-name-forms.ts';
import { AcmeError } from './acme-error.ts';

const MAX_CONTACTS = 10;
const MAX_CHARACTERS = 320;

/**
 * Checks the contacts of an account: `mailto` URLs of one address each, without header fields (RFC
 * 8555 section 7.3).
 * @throws AcmeError unsupported-contact, invalid-contact
 */
export function checkContacts(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_CONTACTS) {
    throw invalid(`'contact' must be an array of at most ${MAX_CONTACTS} URLs.`);
  }
  return value.map((contact: unknown) => {
    if (typeof contact !== 'string' || contact.length > MAX_CHARACTERS) {
      throw invalid(`A contact must be a URL of at most ${MAX_CHARACTERS} characters.`);
    }
    if (!/^mailto:/i.test(contact)) {
      throw new AcmeError('unsupported-contact', "A contact must be an address with 'mailto:'.", {
        field: 'contact',
      });
    }
    const address = contact.slice('mailto:'.length);
    const reason = /[?,]/.test(address) ? 'is not one address alone' : explainBadEmail(address);
    if (reason === null) return contact;
    throw invalid(`A contact ${reason}.`);
  });
}

function invalid(message: string): AcmeError {
  return new AcmeError('invalid-contact', message, { field: 'contact' });
}
