/** The API keys of the tenant, the newest first: issued, rotated and revoked. A key is shown once, when it is made. */
import type {
  ApiKeyPage,
  ApiKeyView,
  ListedApiKey,
  ShownApiKey,
} from '../../../../core/operator-shapes/api-key.ts';
import { Action } from '../../parts/action.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Pages } from '../../parts/pages.tsx';
import { Table } from '../../parts/table.tsx';
import { useApi } from '../../parts/use-api.ts';
import { useParameters } from '../../parts/use-parameters.ts';
import { moment } from '../../parts/words.ts';
import { MadeKey } from './made-key.tsx';
import { NewKey } from './new-key.tsx';

export function Keys() {
  const cursor = useParameters().chosen('cursor');
  const asked = new URLSearchParams({ limit: '20', ...(cursor !== undefined && { cursor }) });
  const keys = useApi<ApiKeyPage>(`/v1/keys?${asked}`);
  return (
    <>
      <section aria-labelledby="new-key">
        <h2 id="new-key">Issue a key</h2>
        <NewKey />
      </section>
      <section aria-labelledby="keys">
        <h2 id="keys">Keys</h2>
        <Loaded of={keys}>{(page) => <Found page={page} />}</Loaded>
      </section>
    </>
  );
}

function Found({ page: { keys, cursor } }: { readonly page: ApiKeyPage }) {
  return (
    <>
      {keys.length === 0 && <p>No key was issued in this tenant.</p>}
      {keys.length > 0 && (
        <Table
          label="Keys"
          rows={keys}
          keyOf={({ id }) => id}
          columns={[
            { head: 'Key', cell: ({ id }) => <code>{id}</code> },
            { head: 'Principal', cell: ({ principal }) => <bdi>{principal}</bdi> },
            { head: 'Roles', cell: ({ roles }) => <bdi>{roles.join(', ')}</bdi> },
            { head: 'Status', cell: ({ status }) => <Badge state={status} /> },
            { head: 'Until', cell: Until },
            { head: 'Issued', cell: Issued },
            { head: 'Note', cell: ({ note, reason }) => <bdi>{reason ?? note}</bdi> },
            { head: 'Actions', cell: KeyActions },
          ]}
        />
      )}
      <Pages cursor={cursor} />
    </>
  );
}

function Until({ expiresAt, previousUntil }: ListedApiKey) {
  return (
    <>
      {expiresAt === null ? 'no end' : moment(expiresAt)}
      {previousUntil !== null && (
        <small className="quiet">the secret before it: {moment(previousUntil)}</small>
      )}
    </>
  );
}

function Issued({ issuedAt, issuedBy }: ListedApiKey) {
  return (
    <>
      {moment(issuedAt)} <small className="quiet">by {issuedBy}</small>
    </>
  );
}

function KeyActions({ id, status }: ListedApiKey) {
  if (status !== 'active') return null;
  const path = `/v1/keys/${encodeURIComponent(id)}`;
  return (
    <p className="filters">
      <Action<ShownApiKey>
        label="Rotate"
        subject={id}
        effect="Makes another secret for this key. The present one works for 24 hours more."
        grant="admin"
        path={`${path}/rotate`}
        cli={['access', 'keys', 'rotate', id]}
        done={MadeKey}
      />
      <Action<ApiKeyView>
        label="Revoke"
        subject={id}
        effect="The key lets nothing in any more, within ten seconds everywhere. It cannot be taken back."
        grant="admin"
        path={`${path}/revoke`}
        hasReason
        cli={['access', 'keys', 'revoke', id]}
        done={() => 'The key is revoked.'}
      />
    </p>
  );
}
