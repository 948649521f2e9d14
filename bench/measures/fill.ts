/** Makes a long stream, in requests of 10,000 events. What is measured afterwards does not depend on how. */
import {
  acceptedByLines,
  BATCH_LINES_MAX,
  batchBody,
  ENTRY,
  ENTRY_OF_ACCOUNT,
  post,
  postBatch,
} from '../requests.ts';

export interface Stream {
  readonly aggregate: string;
  readonly id: string;
}

/** Fills a stream with events of 100 bytes. */
export type Fill = (url: string, stream: Stream, events: number) => Promise<void>;

/** A command with a key of its own for every event. */
export const fillByCommands: Fill = (url, stream, events) =>
  sendCommands(url, stream, events, true);

export const fillByKeylessCommands: Fill = (url, stream, events) =>
  sendCommands(url, stream, events, false);

/** Straight into the bare object's table. */
export const fillDirectly: Fill = async (url, { aggregate, id }, events) => {
  for (const size of portions(events)) {
    await post(`${url}/fill/${aggregate}/${id}/EntryPosted/${size}`, 'application/json', ENTRY);
  }
};

/** Another account for every event, so that a state by account grows with each. */
export const fillAccounts: Fill = (url, stream, events) =>
  sendCommands(url, stream, events, false, ENTRY_OF_ACCOUNT);

/** Straight into the bare object's table, which fills in the accounts itself. */
export const fillAccountsDirectly: Fill = async (url, { aggregate, id }, events) => {
  for (const size of portions(events)) {
    const path = `${url}/fill/${aggregate}/${id}/EntryPosted/${size}`;
    await post(path, 'application/json', ENTRY_OF_ACCOUNT);
  }
};

async function sendCommands(
  url: string,
  stream: Stream,
  events: number,
  keyed: boolean,
  data = ENTRY,
) {
  let sent = 0;
  for (const size of portions(events)) {
    const lines = Array.from({ length: size }, () => {
      const own = data.replace('{account}', `a-${sent++}`);
      return { ...stream, command: 'PostEntry', data: own };
    });
    const body = batchBody(lines, keyed);
    const accepted = acceptedByLines(await postBatch(url, body));
    if (accepted !== size) throw new Error(`Only ${accepted} of ${size} commands were accepted.`);
  }
}

function portions(events: number): number[] {
  const whole = new Array(Math.floor(events / BATCH_LINES_MAX)).fill(BATCH_LINES_MAX);
  const rest = events % BATCH_LINES_MAX;
  return rest === 0 ? whole : [...whole, rest];
}
