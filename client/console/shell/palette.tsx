/** `Ctrl K`: leads to a screen, a query, a command or a stream's description by its name. */
import { Command } from 'cmdk';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import type { Catalog } from '../../../core/catalog/catalog-shape.ts';
import { apiPath } from '../parts/addresses.ts';
import { useApi } from '../parts/use-api.ts';
import { screens } from './screens.ts';

interface Entry {
  readonly group: 'Screens' | 'Commands' | 'Queries' | 'Streams' | 'Sagas';
  readonly name: string;
  /** Of this console; others are addresses of the API's reference. */
  readonly screen?: string;
  readonly operation?: string;
}

export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const [, navigate] = useLocation();
  const { data } = useApi<Catalog>('/catalog.json', { isFixed: true });
  const entries = entriesOf(data);
  const open = () => {
    dialog.current?.showModal();
    setIsOpen(true);
  };
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!document.querySelector('dialog[open]')) open();
    };
    addEventListener('keydown', listener);
    return () => removeEventListener('keydown', listener);
  });
  const go = ({ screen, operation }: Entry) => {
    dialog.current?.close();
    if (screen !== undefined) navigate(screen);
    else location.assign(referenceOf(operation ?? ''));
  };
  return (
    <>
      <button type="button" className="palette-button" onClick={open}>
        Go to … <kbd>Ctrl K</kbd>
      </button>
      <dialog ref={dialog} className="palette" aria-label="Go to" onClose={() => setIsOpen(false)}>
        {isOpen && (
          <Command label="Go to" loop>
            <Command.Input placeholder="A screen, command, query, stream or saga" autoFocus />
            <Command.List>
              <Command.Empty>Nothing has this name.</Command.Empty>
              {Array.from(
                Map.groupBy(entries, ({ group }) => group),
                ([group, ones]) => (
                  <Command.Group key={group} heading={group}>
                    {ones.map((entry) => (
                      <Command.Item
                        key={entry.name}
                        value={`${group} ${entry.name}`}
                        onSelect={() => go(entry)}
                      >
                        {entry.name}
                      </Command.Item>
                    ))}
                  </Command.Group>
                ),
              )}
            </Command.List>
          </Command>
        )}
      </dialog>
    </>
  );
}

/** The address of an operation in the reference, which names it so. */
function referenceOf(operation: string): string {
  const name = operation.replace(/[\s#:?&={}]/g, '-');
  return `${apiPath}/reference#?route=${encodeURIComponent(name)}`;
}

function entriesOf(catalog: Catalog | undefined): readonly Entry[] {
  const { aggregates = [], projections = [], sagas = [] } = catalog ?? {};
  return [
    ...screens.map(({ name, path }) => ({ group: 'Screens' as const, name, screen: path })),
    ...aggregates.flatMap(({ name: aggregate, commands }) =>
      commands.map(({ name }) => ({
        ...{ group: 'Commands' as const, name: `${aggregate} ${name}` },
        operation: `post-/v1/commands/${aggregate}/{id}/${name}`,
      })),
    ),
    ...projections
      .flatMap(({ tables, queries }) => [...tables, ...queries])
      .map((name) => ({
        ...{ group: 'Queries' as const, name },
        operation: `get-/v1/queries/${name}`,
      })),
    ...aggregates.map(({ name }) => ({
      ...{ group: 'Streams' as const, name },
      operation: `get-/v1/streams/${name}`,
    })),
    ...sagas.map(({ name }) => ({
      ...{ group: 'Sagas' as const, name },
      operation: `get-/v1/streams/${name}`,
    })),
  ];
}
