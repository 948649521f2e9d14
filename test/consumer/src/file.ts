/** A path of the repository, and what each commit makes of it. */
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

const change = { commit: z.string(), author: z.string() };
const blob = z.string().length(40);

export type FileState = { readonly blob: string | null };

export const file = defineAggregate({
  name: 'file',
  events: {
    FileAdded: event(z.strictObject({ ...change, blob })),
    FileModified: event(z.strictObject({ ...change, blob })),
    FileDeleted: event(z.strictObject(change)),
  },
  commands: {
    WriteFile: z.strictObject({ ...change, blob }),
    DeleteFile: z.strictObject(change),
  },
  initialState: (): FileState => ({ blob: null }),
  evolve: {
    FileAdded: (_state, { data }) => ({ blob: data.blob }),
    FileModified: (_state, { data }) => ({ blob: data.blob }),
    FileDeleted: () => ({ blob: null }),
  },
  decide: {
    WriteFile: (data, state) =>
      accept(state.blob === null ? { type: 'FileAdded', data } : { type: 'FileModified', data }),
    DeleteFile: (data, state) =>
      state.blob === null ? reject('not-there') : accept({ type: 'FileDeleted', data }),
  },
});
