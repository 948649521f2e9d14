/** The form of a new key. */
import { useState } from 'react';
import { newKey } from '../../../new-key.ts';
import { Action } from '../../parts/action.tsx';
import { MadeKey } from './made-key.tsx';

export function NewKey() {
  const [principal, setPrincipal] = useState('');
  const [roles, setRoles] = useState('');
  const [expiresOn, setExpiresOn] = useState('');
  const [note, setNote] = useState('');
  // A repeat of the request issues no second key.
  const [once, setOnce] = useState(newKey);
  const named = roles.split(/[\s,]+/).filter((role) => role !== '');
  const expiresAt = expiresOn === '' ? null : `${expiresOn}T00:00:00.000Z`;
  return (
    <div className="filters">
      <label>
        Principal, like service:shop
        <input
          value={principal}
          onChange={({ target }) => setPrincipal(target.value)}
          autoComplete="off"
        />
      </label>
      <label>
        Roles, with commas
        <input value={roles} onChange={({ target }) => setRoles(target.value)} autoComplete="off" />
      </label>
      <label>
        Expires on, in UTC
        <input
          type="date"
          value={expiresOn}
          onChange={({ target }) => setExpiresOn(target.value)}
        />
      </label>
      <label>
        Note
        <input value={note} onChange={({ target }) => setNote(target.value)} />
      </label>
      <Action
        label="Issue a key"
        effect={`Makes a key whose bearer acts as ${principal || '…'}, with ${roleText(named)}.`}
        grant="admin"
        path="/v1/keys"
        headers={{ 'idempotency-key': once }}
        body={{ principal, roles: named, expiresAt, note }}
        cli={[
          ...['access', 'keys', 'create', '--for', principal],
          ...(named.length > 0 ? ['--roles', ...named] : []),
          ...(expiresAt === null ? [] : ['--expires', expiresAt]),
          ...(note === '' ? [] : ['--note', note]),
        ]}
        done={MadeKey}
        onSettled={(_answer, error) => {
          if (!error) setOnce(newKey());
        }}
      />
    </div>
  );
}

function roleText(roles: readonly string[]): string {
  return roles.length === 0 ? 'no role' : `the roles ${roles.join(', ')}`;
}
