/** Describes `/v1/export/…`. */
import { begunExport, exportedPages } from '../../../core/operator-shapes/transfer.ts';
import { commandText } from '../../../core/package-name.ts';
import { transferInputs } from '../inputs/transfer.ts';
import { ofAllTenants } from './of-all-tenants.ts';
import type { Paths } from './operation.ts';

const command = commandText('export');

export const exportPaths: Paths = {
  '/v1/export/begin': {
    post: ofAllTenants('export.begin', command, {
      summary: 'Where the journals are, and which streams are of sagas',
      input: transferInputs.begin,
      answer: begunExport,
    }),
  },
  '/v1/export/pages': {
    post: ofAllTenants('export.pages', command, {
      summary: 'Pages of streams: events, outcomes of commands, timers',
      input: transferInputs.pages,
      answer: exportedPages,
    }),
  },
};
