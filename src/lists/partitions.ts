import { SignetError } from '../errors.ts';
import { waitShared } from '../wait-shared.ts';

/** The most certificates that one partition of an authority's revocation lists is for. */
export const PARTITION_SLOTS = 20_000;

/**
 * An isolate reserves room for as many certificates as it has used so far, so that one which issues
 * little wastes little, and one which issues much asks seldom.
 */
const FIRST_BLOCK_SLOTS = 16;
const LARGEST_BLOCK_SLOTS = 1000;

/** How long a request waits for a reservation, its own or another's. */
const WAIT_MS = 5000;
/** Others may take what was reserved; that a request comes out of it empty-handed so often is an error. */
const MAX_ATTEMPTS = 10;

export interface PartitionStore {
  /**
   * Reserves `count` slots that nobody else gets. The number of the first one; null where there is
   * no such generation.
   * @throws SignetError record-unavailable; the slots may be lost then
   */
  reserveSlots(authorityId: string, count: number): Promise<number | null>;
}

/**
 * The partition for one more certificate of a generation: each call uses up a slot. Null where
 * there is no such generation.
 * @throws SignetError record-unavailable
 */
export type TakePartition = (authorityId: string) => Promise<number | null>;

export interface PartitionDependencies {
  readonly store: PartitionStore;
  /** Lets a promise be fulfilled although the request that it began in has ended (waitUntil). */
  readonly keepAlive: (promise: Promise<unknown>) => void;
}

/** What an isolate holds of one generation. */
interface Room {
  readonly blocks: { next: number; readonly end: number }[];
  blockSlots: number;
  waiting: number;
  reserving: Promise<boolean> | null;
}

export function createPartitions({ store, keepAlive }: PartitionDependencies): TakePartition {
  const rooms = new Map<string, Room>();

  function findRoom(authorityId: string): Room {
    const known = rooms.get(authorityId);
    if (known !== undefined) return known;
    const room: Room = { blocks: [], blockSlots: 0, waiting: 0, reserving: null };
    rooms.set(authorityId, room);
    return room;
  }

  /** Whether there is such a generation. */
  async function reserve(authorityId: string, room: Room): Promise<boolean> {
    const wished = Math.max(FIRST_BLOCK_SLOTS, 2 * room.blockSlots, room.waiting);
    const count = Math.min(wished, LARGEST_BLOCK_SLOTS);
    const first = await store.reserveSlots(authorityId, count);
    if (first === null) return false;
    room.blockSlots = count;
    room.blocks.push({ next: first, end: first + count });
    return true;
  }

  /** One reservation at a time, for all who wait. */
  async function waitForReservation(authorityId: string, room: Room): Promise<boolean> {
    if (room.reserving === null) {
      const reserving = reserve(authorityId, room);
      room.reserving = reserving;
      const forget = () => {
        if (room.reserving === reserving) room.reserving = null;
      };
      keepAlive(reserving.then(forget, forget));
    }
    const reserving = room.reserving;
    try {
      return await waitShared(reserving, WAIT_MS);
    } catch (error) {
      // Nobody else has to wait for one that does not end.
      if (room.reserving === reserving) room.reserving = null;
      throw error;
    }
  }

  async function waitForSlot(authorityId: string, room: Room): Promise<number | null> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (!(await waitForReservation(authorityId, room))) return null;
      const slot = takeSlot(room);
      if (slot !== null) return slot;
    }
    throw new SignetError('record-unavailable', 'The record could not be written; try again.', {
      cause: `no room in a partition of '${authorityId}' after ${MAX_ATTEMPTS} reservations`,
    });
  }

  return async function takePartition(authorityId) {
    const room = findRoom(authorityId);
    room.waiting++;
    try {
      const slot = takeSlot(room) ?? (await waitForSlot(authorityId, room));
      return slot === null ? null : Math.floor(slot / PARTITION_SLOTS);
    } finally {
      room.waiting--;
    }
  };
}

function takeSlot({ blocks }: Room): number | null {
  const [block] = blocks;
  if (block === undefined) return null;
  const slot = block.next++;
  if (block.next === block.end) blocks.shift();
  return slot;
}
