/** The crash points that the field names, by the fault of the simulator that is each of them. */
export const crashPoints: Readonly<Record<string, string>> = {
  'F1 before the transaction': 'aggregate dies before its work',
  'F2 and F3 within the transaction': 'aggregate dies within a transaction',
  'F4 after the commit, before the reply': 'aggregate dies after its work',
  'F6 before the events are sent': 'aggregate dies before queue events',
  'F7 after the events are sent': 'aggregate dies after queue events',
  'F8 before the batch of D1': 'consumer dies before a batch of D1',
  'F9 within the batch of D1': 'a batch of D1 breaks off',
  'F10 after the batch, before the acknowledgement': 'consumer dies after a batch of D1',
  'F11 after the batch, before sockets are notified': 'consumer dies before live.changed',
  'F12 after a saga’s command, before its own append': 'consumer dies after aggregate.execute',
  'F13 a snapshot half written': 'a write to snapshot fails',
  'F14 about the cut-over of a build': 'rebuild dies after a batch of D1',
};
