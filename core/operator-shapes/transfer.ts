/** The responses of `/v1/export/…`, and of a restore from an export. */
import * as z from 'zod';
import { restoreStates, transferPage, transferPlace } from '../protocol/stream-transfer.ts';
import { count } from '../values/shape-words.ts';

export const begunExport = z.object({
  databases: z.array(
    z.object({
      name: z.string(),
      epoch: count,
      head: count.describe('The newest position of its journal.'),
    }),
  ),
  sagas: z
    .array(z.string())
    .describe('The aggregates that are sagas: an export reads their streams first.'),
});

export const exportedPages = z.object({
  pages: z.array(
    transferPage.extend({
      next: transferPlace.exactOptional().describe('Where its next page begins, if there is one.'),
    }),
  ),
  left: z.array(z.object({ tenant: z.string(), stream: z.string(), because: z.string() })),
});

export type ExportedPages = z.output<typeof exportedPages>;

export const claimedDeployment = z.object({
  export: z.string().describe('The digest of the parts of the export that it is restored from.'),
});

export const restoredStreams = z.object({
  streams: z.array(
    z.object({
      tenant: z.string(),
      stream: z.string(),
      state: z
        .enum(restoreStates)
        .describe(
          '`restoring`: more may follow. `whole`: it is there. `occupied`: it has other events, which stay. `incomplete`: pages are missing. `failed`: `because` says why.',
        ),
      version: count.describe('Of its object.'),
      because: z.string().exactOptional(),
    }),
  ),
});

export type RestoredStreams = z.output<typeof restoredStreams>;
