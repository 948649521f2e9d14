/** The simulated sockets, with each frame of a live query written into the history as it arrives. */
import { PONG } from '../../core/live/live-limits.ts';
import type { ServerFrame } from '../../core/live/live-protocol.ts';
import type { Recorder } from '../checker/recorder.ts';
import type { Cloud } from './cloud.ts';

interface Recorded {
  readonly cloud: Cloud;
  readonly recorder: Recorder;
}

export function recordedSockets(
  { cloud, recorder }: Recorded,
  credential: string,
  projection: string,
) {
  return class RecordedSocket extends cloud.WebSocket {
    constructor(url: string, subprotocols: readonly string[]) {
      super(url, subprotocols);
      this.addEventListener('message', (event) => {
        const { data, sentAtMs } = Object(event);
        if (data === PONG) return;
        const frame = framed(JSON.parse(data));
        if (!frame) return;
        const wanted = { kind: 'frame' as const, projection, credential };
        recorder.begin(credential, wanted).ok({ ...frame, sentAtMs });
      });
    }
  };
}

/** Undefined for a frame without rows. */
function framed(frame: ServerFrame) {
  if (frame.type !== 'snapshot' && frame.type !== 'change') return undefined;
  const given = frame.type === 'snapshot' ? frame.rows : frame.upserts;
  const removed = frame.type === 'snapshot' ? [] : frame.deletes;
  return { rows: given.map(({ row }) => row), keys: given.map(({ key }) => key), removed };
}
