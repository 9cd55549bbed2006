import { SignetError } from '../errors.ts';
import { waitShared } from '../wait.ts';

/** The most certificates in one partition of an authority's revocation lists. */
export const PARTITION_SLOTS = 20_000;

/**
 * An isolate reserves twice as many slots as the last time: an isolate that issues little wastes few,
 * and one that issues much reserves rarely.
 */
const FIRST_BLOCK_SLOTS = 16;
const LARGEST_BLOCK_SLOTS = 1000;

/** How long a request waits for a reservation, its own or that of another request. */
const WAIT_MS = 5000;
/** Other requests may take all slots of a reservation. After so many attempts, it is an error. */
const MAX_ATTEMPTS = 10;

export interface PartitionStore {
  /**
   * Reserves `count` slots. Returns the number of the first one, or null if there is no such
   * generation.
   * @throws SignetError record-unavailable; the slots may be lost then
   */
  reserveSlots(authorityId: string, count: number): Promise<number | null>;
}

export interface FreeSlotStore {
  /**
   * Returns the number of the first slot that is not reserved, or null if there is no such generation.
   * @throws SignetError record-unavailable
   */
  findFreeSlot(authorityId: string): Promise<number | null>;
}

/**
 * Takes a slot for one more certificate of a generation. Returns its partition, or null if there is no
 * such generation.
 * @throws SignetError record-unavailable
 */
export type TakePartition = (authorityId: string) => Promise<number | null>;

export interface PartitionDependencies {
  readonly store: PartitionStore;
  /** Keeps a promise alive after the end of its request (waitUntil). */
  readonly keepAlive: (promise: Promise<unknown>) => void;
}

/** The reserved slots of one generation in this isolate. */
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

  /** Returns false if there is no such generation. */
  async function reserve(authorityId: string, room: Room): Promise<boolean> {
    const wished = Math.max(FIRST_BLOCK_SLOTS, 2 * room.blockSlots, room.waiting);
    const count = Math.min(wished, LARGEST_BLOCK_SLOTS);
    const first = await store.reserveSlots(authorityId, count);
    if (first === null) return false;
    room.blockSlots = count;
    room.blocks.push({ next: first, end: first + count });
    return true;
  }

  /** Makes one reservation at a time, for all waiting requests. */
  async function waitForReservation(authorityId: string, room: Room): Promise<boolean> {
    if (room.reserving === null) {
      const reserving = reserve(authorityId, room);
      room.reserving = reserving;
      const end = () => {
        if (room.reserving === reserving) room.reserving = null;
      };
      keepAlive(reserving.then(end, end));
    }
    const reserving = room.reserving;
    try {
      return await waitShared(reserving, WAIT_MS);
    } catch (error) {
      // Other requests must not wait for a reservation that does not end.
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
    throw new SignetError('record-unavailable', 'The record could not be written. Try again.', {
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

/**
 * Returns the partition that the next certificate of a generation probably gets, without a slot in it;
 * null if there is no such generation. An isolate may have slots left in the partition before it.
 * @throws SignetError record-unavailable
 */
export async function findNextPartition(
  store: FreeSlotStore,
  authorityId: string,
): Promise<number | null> {
  const slot = await store.findFreeSlot(authorityId);
  return slot === null ? null : Math.floor(slot / PARTITION_SLOTS);
}

function takeSlot({ blocks }: Room): number | null {
  const [block] = blocks;
  if (block === undefined) return null;
  const slot = block.next++;
  if (block.next === block.end) blocks.shift();
  return slot;
}
