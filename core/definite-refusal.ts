/** Thrown where a reaction is refused in a way that no repetition changes: its event is parked at once. */
export class DefiniteRefusal extends Error {
  override readonly name = 'DefiniteRefusal';
}
