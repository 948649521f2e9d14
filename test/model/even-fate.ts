/** A world in which nothing goes wrong and every call takes the same time: what is left is load. */
import { Fate } from '../simulator/fate.ts';
import { assumed } from './setting.ts';

export class EvenFate extends Fate {
  override delayMs(): number {
    return assumed.callMs;
  }

  override strikes(): boolean {
    return false;
  }
}
