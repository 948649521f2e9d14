/** A button that changes something: it asks first, in a dialog. Without its grant it is disabled and names it. */
import { useId } from 'react';
import { ActionDialog, type ActionProperties, actionName } from './action-dialog.tsx';
import { useGrant } from './caller.ts';
import { showDialog } from './dialog-host.tsx';

export function Action<Answer>(properties: ActionProperties<Answer>) {
  const { label, grant } = properties;
  const isGranted = useGrant(grant);
  const id = useId();
  return (
    <>
      <button
        type="button"
        onClick={() => showDialog(<ActionDialog {...properties} />)}
        disabled={!isGranted}
        aria-label={`${actionName(properties)} …`}
        aria-describedby={isGranted ? undefined : id}
      >
        {label} …
      </button>
      {!isGranted && (
        <small id={id} className="quiet">
          needs <code>{grant}</code>
        </small>
      )}
    </>
  );
}
