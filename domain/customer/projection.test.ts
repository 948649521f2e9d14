import { project } from 'ledge/testing';
import { expect, test } from 'vitest';
import {
  ann,
  annMoved,
  annRegistered,
  annsMove,
  bob,
  bobRegistered,
  closed,
  ofCustomer,
} from '../../test/reference/people.ts';
import { customers } from './projection.ts';

const anns = { ...ofCustomer('ann'), ...annRegistered };
const bobs = { ...ofCustomer('bob'), ...bobRegistered };

test('every customer has a row with its name and its newest address', () => {
  expect(project(customers, [bobs, anns]).customers).toEqual([ann, bob]);
  const moved = [anns, bobs, { ...ofCustomer('ann'), ...annMoved }] as const;
  expect(project(customers, moved).customers).toEqual([{ ...annsMove, name: ann.name }, bob]);
});

test('a customer that is closed has none', () => {
  const gone = { ...ofCustomer('ann'), ...closed };
  expect(project(customers, [anns, bobs, gone]).customers).toEqual([bob]);
});
