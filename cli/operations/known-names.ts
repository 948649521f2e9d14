/** Names that an operator types, against those that the service has: a mistyped one gets a suggestion. */
import { projectionList } from '../../core/operator-shapes/projection-status.ts';
import { didYouMean } from '../did-you-mean.ts';
import { ask, NoAnswer, type Server } from './server.ts';

export interface Naming {
  readonly kind: 'projection' | 'saga';
  readonly name: string;
  /** Other words that could have been meant in its place. */
  readonly words?: readonly string[];
}

/** Every saga is among the followers of the journal with the reactor that routes events to it. */
const SAGA = /^(.+)\.routing$/;

/** An operation on something named: if the service does not find it, its name is compared with those there are. */
export async function onNamed<T>(
  server: Server,
  naming: Naming,
  operation: Promise<T>,
): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof NoAnswer && error.status === 404) await requireKnown(server, naming);
    throw error;
  }
}

/** @throws NoAnswer with a suggestion when there is none of that name */
export async function requireKnown(server: Server, { kind, name, words = [] }: Naming) {
  const request = { method: 'GET', path: '/v1/projections' } as const;
  const found = await ask(server, request, projectionList).catch(unlessForbidden);
  // An operator of a tenant does not see the projections of the deployment: no suggestion then.
  if (!found) return;
  const { projections } = found;
  const followers = projections.map((projection) => projection.name);
  const names = kind === 'saga' ? followers.flatMap(sagaOf) : followers;
  if (names.includes(name)) return;
  throw new NoAnswer(
    `There is no ${kind} ${name}. ${didYouMean(name, [...names, ...words])}`,
    false,
  );
}

function unlessForbidden(error: unknown): undefined {
  if (error instanceof NoAnswer && error.status === 403) return undefined;
  throw error;
}

function sagaOf(follower: string): string[] {
  const saga = SAGA.exec(follower)?.[1];
  return saga === undefined ? [] : [saga];
}
