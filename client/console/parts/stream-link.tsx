/** One stream, `order/o-1`, as a link to its screen; other text is text. */
import { Link } from 'wouter';
import { parseStreamName } from '../../../core/aggregate/stream.ts';

export function StreamLink({ stream }: { readonly stream: string }) {
  const address = parseStreamName(stream);
  if (!address) return <bdi>{stream}</bdi>;
  return (
    <Link href={`/streams/${address.aggregate}/${address.id}`}>
      <bdi>{stream}</bdi>
    </Link>
  );
}
