/**
 * Opens the values of open columns as the last step before rows are written: null for a subject that is forgotten. The
 * batch asserts that no subject has changed since its key was read, so a forgetting comes before its rows or after them.
 */
import type { TenantRowChange } from '../../core/plan/plan-batch.ts';
import type { StoredValue } from '../../core/projection/cell.ts';
import { cellNamed } from '../../core/projection/table.ts';
import { parseSealed, type SealedParts } from '../../core/sealed/sealed.ts';
import { openedValue } from '../personal/sealed-value.ts';
import type { ReadSubject, StorableKeys } from '../personal/storable-keys.ts';
import { subjectKeyName } from '../personal/subject-keys.ts';
import type { Projector } from '../projector/projector.ts';
import type { ForgottenSubject } from './forgotten-copies.ts';

type Layers = readonly (readonly TenantRowChange[])[];

export interface OpenedRows {
  readonly outcome: 'opened';
  readonly layers: Layers;
  /** As their keys were read: the batch asserts them. */
  readonly subjects: readonly ReadSubject[];
}

/** A value does not fit its column: an error of the event, as any row that is refused. */
export interface RefusedRows {
  readonly outcome: 'refused';
  readonly error: unknown;
}

/**
 * `forgotten`: with events of the same batch.
 *
 * @throws D1's errors, and where a key is neither read nor forgotten: the rows are written later
 */
export async function openedRows(
  { subjectKeys }: Pick<Projector, 'subjectKeys'>,
  layers: Layers,
  forgotten: readonly ForgottenSubject[] = [],
): Promise<OpenedRows | RefusedRows> {
  const sealed = layers.flatMap((layer) => layer.flatMap(sealedCells));
  if (sealed.length === 0) return { outcome: 'opened', layers, subjects: [] };
  const { keys, subjects } = await subjectKeys(sealed);
  const known: OpenContext = { keys, forgotten: latestOf(forgotten) };
  try {
    const opened = layers.map((layer) => Promise.all(layer.map((one) => openedChange(known, one))));
    return { outcome: 'opened', layers: await Promise.all(opened), subjects };
  } catch (error) {
    return { outcome: 'refused', error };
  }
}

interface SealedCell extends SealedParts {
  readonly tenant: string;
  readonly column: string;
}

function sealedCells({ tenant, change: { table, set } }: TenantRowChange): SealedCell[] {
  return table.open.flatMap(({ column }) => {
    const parts = typeof set[column] === 'string' ? parseSealed(set[column]) : undefined;
    return parts ? [{ ...parts, tenant, column }] : [];
  });
}

interface OpenContext {
  readonly keys: StorableKeys['keys'];
  /** The newest incarnation that is forgotten, by tenant and subject. */
  readonly forgotten: ReadonlyMap<string, number>;
}

function latestOf(forgotten: readonly ForgottenSubject[]): Map<string, number> {
  const latest = new Map<string, number>();
  for (const { tenant, subject, incarnation } of forgotten) {
    const key = `${tenant}/${subject}`;
    latest.set(key, Math.max(incarnation, latest.get(key) ?? 0));
  }
  return latest;
}

/** @throws Error that names the column where it does not take the value */
async function openedChange(context: OpenContext, one: TenantRowChange): Promise<TenantRowChange> {
  const cells = sealedCells(one);
  if (cells.length === 0) return one;
  const { tenant, change } = one;
  const opened = cells.map(async (cell) => {
    const plain = await openedCell(context, cell);
    const { opened: encode, place } = cellNamed(change.table, cell.column);
    if (!encode) throw new Error(`${place} is not open.`);
    return [cell.column, encode(plain)] as const;
  });
  const set: Record<string, StoredValue> = {
    ...change.set,
    ...Object.fromEntries(await Promise.all(opened)),
  };
  return { tenant, change: { ...change, set } };
}

async function openedCell({ keys, forgotten }: OpenContext, cell: SealedCell): Promise<unknown> {
  const { tenant, subject, incarnation } = cell;
  if (incarnation <= (forgotten.get(`${tenant}/${subject}`) ?? 0)) return null;
  const key = keys.get(`${tenant}/${subjectKeyName(cell)}`);
  return key ? openedValue(key, tenant, cell) : null;
}
