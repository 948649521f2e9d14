/** What a definition declares to send. Handlers are functions: without a declaration nothing is known of it. */
import { ownValue } from '../values/own-value.ts';

/** By aggregate: the commands that may be sent to it. */
export type SentCommands = Readonly<Record<string, readonly string[]>>;

interface NamedCommand {
  readonly aggregate: string;
  readonly command: string;
}

/**
 * The reactions, if each is declared. Without a declaration every command is.
 *
 * @throws TypeError for a command that is not, so that a declaration never says too little
 */
export function declaredReactions<Sent extends NamedCommand>(
  definition: string,
  declared: SentCommands | undefined,
  reactions: readonly Sent[],
): readonly Sent[] {
  const other = declared && reactions.find((one) => !isDeclared(declared, one));
  if (!other) return reactions;
  throw new TypeError(
    `${definition} sent ${other.aggregate}/${other.command}, which its sends does not declare. Add it there.`,
  );
}

function isDeclared(declared: SentCommands, { aggregate, command }: NamedCommand): boolean {
  return ownValue(declared, aggregate)?.includes(command) === true;
}

/** What one of two definitions declares. */
export function allSent(one: SentCommands, other: SentCommands): SentCommands {
  const aggregates = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(
    aggregates.map((name) => [name, [...new Set([...(one[name] ?? []), ...(other[name] ?? [])])]]),
  );
}
