/**
 * An object of R2 with a segment of the journal: gzip of NDJSON, a line for each event with its position and tag. Written
 * once under a name that has its digest, so that an object that is there is either the same or damaged.
 */
import { createHash } from 'node:crypto';
import { KnownFault } from '../../core/failures/known-fault.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import type { TaggedEvent } from './page-event.ts';

/** Ours: an object has at most some MB. */
const ANSWER_MS_MAX = 30_000;

export interface SegmentObject {
  readonly name: string;
  readonly digest: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A segment that cannot be read: its object is missing, or is not what was written. Nothing may skip it. */
export class DamagedSegment extends KnownFault {
  override readonly name = 'DamagedSegment';

  constructor(object: string, what: string) {
    super(`The journal is damaged: the object ${object} ${what}.`);
  }
}

/** R2 did not do it: a later attempt may succeed. Classified as an unreachable platform by the flag. */
export class UnreachableBucket extends KnownFault {
  override readonly name = 'UnreachableBucket';
  readonly retryable = true;
}

/**
 * @param database the name of its binding
 * @param epoch the number of known restores of D1
 */
export async function segmentObject(
  database: string,
  epoch: number,
  events: readonly TaggedEvent[],
): Promise<SegmentObject> {
  const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  const bytes = await through(new CompressionStream('gzip'), text);
  const digest = sha256Hex(bytes);
  const [first, last] = [events.at(0)?.position, events.at(-1)?.position];
  return { name: `${database}/${epoch}/${first}-${last}-${digest}`, digest, bytes };
}

/**
 * What is there under the name is used if it has the digest.
 *
 * @throws DamagedSegment if it has another; UnreachableBucket
 */
export async function putObject(bucket: R2Bucket, object: SegmentObject): Promise<void> {
  const { name, digest, bytes } = object;
  const put = await answered(name, () =>
    bucket.put(name, bytes, {
      onlyIf: new Headers({ 'if-none-match': '*' }),
      sha256: digest,
      httpMetadata: { contentType: 'application/gzip' },
    }),
  );
  if (!put) await getObject(bucket, object);
}

/** @throws DamagedSegment, UnreachableBucket */
export async function readObject(
  bucket: R2Bucket | undefined,
  object: Pick<SegmentObject, 'name' | 'digest'>,
): Promise<string[]> {
  if (!bucket) throw new UnreachableBucket(`The Worker has no bucket to read ${object.name}.`);
  const bytes = await getObject(bucket, object);
  const plain = await through(new DecompressionStream('gzip'), bytes);
  return new TextDecoder().decode(plain).split('\n').slice(0, -1);
}

async function getObject(
  bucket: R2Bucket,
  { name, digest }: Pick<SegmentObject, 'name' | 'digest'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const found = await answered(name, async () => {
    const body = await bucket.get(name);
    return body && new Uint8Array(await body.arrayBuffer());
  });
  if (!found) throw new DamagedSegment(name, 'is missing in R2');
  if (sha256Hex(found) !== digest) throw new DamagedSegment(name, 'has another digest');
  return found;
}

/** The message of R2 is left out: it may hold anything. */
async function answered<Answer>(name: string, ask: () => Promise<Answer>): Promise<Answer> {
  const text = `R2 did not answer for ${name}.`;
  try {
    return await withDeadline(ask(), ANSWER_MS_MAX, text);
  } catch {
    throw new UnreachableBucket(text);
  }
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function through(
  transform: CompressionStream | DecompressionStream,
  content: BodyInit,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Response(content).body?.pipeThrough(transform);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
