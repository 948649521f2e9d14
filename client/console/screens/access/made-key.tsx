/** A key that was just made, which is shown this once. */
import type { ShownApiKey } from '../../../../core/operator-shapes/api-key.ts';
import { Copied } from '../../parts/copied.tsx';

export function MadeKey({ key }: ShownApiKey) {
  return (
    <>
      <p>Shown this once: only its hash is kept.</p>
      <Copied label="Key" text={key} />
    </>
  );
}
