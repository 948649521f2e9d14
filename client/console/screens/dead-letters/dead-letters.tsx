/** Dead letters: those that match, in groups of one error, and one of them. */
import { useParameters } from '../../parts/use-parameters.ts';
import { LetterList } from './letter-list.tsx';
import { OneLetter } from './one-letter.tsx';

export function DeadLetters() {
  const id = useParameters().chosen('id');
  return id === undefined ? <LetterList /> : <OneLetter key={id} id={id} />;
}
