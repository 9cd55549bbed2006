import { ask, Refusal } from '../api/ask.ts';
import { createSession, endCurrentSession, getCurrentSession } from '../api/client.ts';
import { session } from './session.ts';

/** Asks the server who is signed in: only it can read the cookie. */
export async function resumeSession(): Promise<void> {
  try {
    session.value = await ask(getCurrentSession());
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 401) throw error;
  }
}

/** The secret is sent once and kept nowhere. */
export async function signIn(accessKeyId: string, secret: string): Promise<void> {
  session.value = await ask(createSession({ accessKeyId, secret }));
}

export async function signOut(): Promise<void> {
  try {
    await ask(endCurrentSession());
  } finally {
    session.value = null;
  }
}
