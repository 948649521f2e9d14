/** `Ctrl K`: leads to a screen, a stream, a query or a command by its name. */
import { Command } from 'cmdk';
import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { parseStreamName, streamName } from '../../../core/aggregate/stream.ts';
import type { Catalog } from '../../../core/catalog/catalog-shape.ts';
import { useApi } from '../parts/use-api.ts';
import { screens } from './screens.ts';

interface Entry {
  readonly group: 'Screens' | 'Commands' | 'Queries' | 'Streams' | 'Sagas';
  readonly name: string;
  /** Its address in the console. */
  readonly screen: string;
}

export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const [, navigate] = useLocation();
  const { data } = useApi<Catalog>('/catalog.json', { isFixed: true });
  const [typed, setTyped] = useState('');
  const entries = [...entriesOf(data), ...typedStream(data, typed)];
  const open = () => {
    dialog.current?.showModal();
    setTyped('');
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
  const go = ({ screen }: Entry) => {
    dialog.current?.close();
    navigate(screen);
  };
  return (
    <>
      <button type="button" className="palette-button" onClick={open}>
        Go to … <kbd>Ctrl K</kbd>
      </button>
      <dialog ref={dialog} className="palette" aria-label="Go to" onClose={() => setIsOpen(false)}>
        {isOpen && (
          <Command label="Go to" loop>
            <Command.Input
              placeholder="A screen, command, query, saga, or a stream like order/o-1"
              value={typed}
              onValueChange={setTyped}
              autoFocus
            />
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

function entriesOf(catalog: Catalog | undefined): readonly Entry[] {
  const { aggregates = [], projections = [], sagas = [] } = catalog ?? {};
  return [
    ...screens.map(({ name, path }) => ({ group: 'Screens' as const, name, screen: path })),
    ...aggregates.flatMap(({ name: aggregate, commands }) =>
      commands.map(({ name }) => ({
        ...{ group: 'Commands' as const, name: `${aggregate} ${name}` },
        screen: `/commands/${aggregate}/${name}`,
      })),
    ),
    ...projections
      .flatMap(({ tables, queries }) => [...tables, ...queries])
      .map((name) => ({
        ...{ group: 'Queries' as const, name },
        screen: `/queries/${name}`,
      })),
    ...aggregates.map(({ name }) => ({
      ...{ group: 'Streams' as const, name },
      screen: `/streams?type=${name}`,
    })),
    ...sagas.map(({ name }) => ({
      ...{ group: 'Sagas' as const, name },
      screen: `/streams?type=${name}`,
    })),
  ];
}

/** A name of a stream leads to it, whether or not it exists. */
function typedStream(catalog: Catalog | undefined, text: string): readonly Entry[] {
  const stream = parseStreamName(text.trim());
  const types = [...(catalog?.aggregates ?? []), ...(catalog?.sagas ?? [])];
  if (!stream || !types.some(({ name }) => name === stream.aggregate)) return [];
  const name = streamName(stream);
  return [{ group: 'Streams', name, screen: `/streams/${name}` }];
}
