/** D1's bookmarks, sealed for one tenant: a bookmark counts the writes of all tenants of a database. */
import { randomBytes } from 'node:crypto';
import { nameIn } from '../../core/protocol/deployment-names.ts';
import { seal, sealKey, unseal } from './sealed-bytes.ts';

export interface ShownBookmarks {
  /** Undefined where it has no known form, and is not shown. */
  of(bookmark: string): string | undefined;
  /**
   * Where a session begins that returned the text: at the bookmark, or at the primary, which is never older, where its
   * secret is gone. Undefined for what has not the form of a bookmark.
   */
  startOf(text: string): string | undefined;
}

/**
 * As Cloudflare documents them: 00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683. Local D1 accepts any text;
 * the behaviour of the deployed one is not documented, so that other texts are refused here.
 */
const BOOKMARK = /^[0-9a-f]{8}(-[0-9a-f]{8}){2}-[0-9a-f]{32}$/;
const SEALED = /^s[\w-]{64}$/;

const BOOKMARK_BYTES = 28;

/** So that equal bookmarks have different texts: whether one has moved shows whether other tenants have written. */
const CHANCE_BYTES = 4;

/**
 * Those of another database than the first name it: what such a bookmark means to a database that did not give it is not
 * documented, so that it is refused. A sealed one is of one tenant, which lives in one database.
 */
export function plainBookmarks(database: string): ShownBookmarks {
  const prefix = nameIn(database, '');
  return {
    of: (bookmark) => `${prefix}${bookmark}`,
    startOf: (text) => {
      const bookmark = text.slice(prefix.length);
      return text.startsWith(prefix) && BOOKMARK.test(bookmark) ? bookmark : undefined;
    },
  };
}

/** `secrets`: those of the deployment, the one for new texts first. */
export function sealedBookmarks(
  [secret, ...previous]: readonly [string, ...string[]],
  tenant: string,
): ShownBookmarks {
  const newest = sealKey(secret, 'bookmark', tenant);
  const keys = [newest, ...previous.map((one) => sealKey(one, 'bookmark', tenant))];
  return {
    of: (bookmark) => {
      if (!BOOKMARK.test(bookmark)) return undefined;
      const bytes = Buffer.from(bookmark.replaceAll('-', ''), 'hex');
      return `s${seal(newest, Buffer.concat([bytes, randomBytes(CHANCE_BYTES)]))}`;
    },
    startOf: (text) => {
      if (!SEALED.test(text)) return undefined;
      const found = keys.map((key) => unseal(key, text.slice(1))).find((bytes) => bytes);
      return found ? bookmarkIn(found) : 'first-primary';
    },
  };
}

function bookmarkIn(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, BOOKMARK_BYTES);
  return hex.replace(/^(.{8})(.{8})(.{8})/, '$1-$2-$3-');
}
