import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { app } from '../../test/shop/app.ts';
import { limitsOf, type RoleLimits } from './caller-limits.ts';
import { defineAccess } from './define-access.ts';

const roles = { customer: {}, clerk: {}, robot: {} };
const defined = (limits?: Partial<Record<keyof typeof roles, RoleLimits>>) =>
  defineAccess(app, { claims: z.object({}), roles, ...(limits && { limits }) });

const access = defined({
  customer: { class: 'low', sockets: 3, queries: 16, polls: 2 },
  robot: { class: 'low', sockets: 0, queries: 90 },
});

describe('QU8 the limits of a caller are the most generous of its roles', () => {
  test.each([
    [['customer'], { class: 'low', sockets: 3, queries: 16, polls: 2 }],
    [['robot'], { class: 'low', sockets: 0, queries: 90, polls: 4 }],
    [['customer', 'robot'], { class: 'low', sockets: 3, queries: 90, polls: 4 }],
    [['clerk'], { class: 'high', sockets: 1_000, queries: 1_000, polls: 100 }],
    [['customer', 'clerk'], { class: 'high', sockets: 1_000, queries: 1_000, polls: 100 }],
    [['operator'], { class: 'high', sockets: 1_000, queries: 1_000, polls: 100 }],
  ])('%j', (given, limits) => {
    expect(limitsOf(access, given)).toEqual(limits);
  });

  test('a role that is not defined raises none', () => {
    const low = { class: 'low', sockets: 10, queries: 64, polls: 4 };
    for (const unknown of [[], ['openid'], ['__proto__'], ['constructor']]) {
      expect(limitsOf(access, unknown)).toEqual(low);
    }
    expect(limitsOf(access, ['customer', 'openid'])).toMatchObject({ class: 'low', sockets: 3 });
  });

  test('QU15 callers without a credential are of the class low, if their role does not say otherwise', () => {
    for (const given of [undefined, defined(), access]) {
      expect(limitsOf(given, ['public'])).toMatchObject({ class: 'low' });
    }
    const rules = { claims: z.object({}), roles: { public: {} } };
    const said = defineAccess(app, { ...rules, limits: { public: { class: 'high' } } });
    expect(limitsOf(said, ['public'])).toMatchObject({ class: 'high' });
    expect(limitsOf(defineAccess(app, { ...rules, limits: {} }), ['public'])).toMatchObject({
      class: 'low',
    });
  });

  test('without limits all are of the class high', () => {
    for (const given of [undefined, defined()]) {
      expect(limitsOf(given, ['customer'])).toMatchObject({ class: 'high' });
    }
  });
});

test.each([
  [{ nobody: { class: 'low' } }, 'The limits name the role nobody, which is not defined.'],
  [{ clerk: { class: 'middle' } }, 'The class of clerk is middle. There are low and high.'],
  [{ clerk: { sockets: 1.5 } }, 'The limit sockets of clerk is no count: 1.5.'],
  [{ clerk: { polls: -1 } }, 'The limit polls of clerk is no count: -1.'],
  [{ clerk: { commands: '5/week' } }, 'The limit commands of clerk is 5/week. A quota is a number'],
  [{ clerk: { rows: '0/day' } }, 'The limit rows of clerk is 0/day. A quota is a number'],
  [{ clerk: { streams: 5 } }, 'The limit streams of clerk is 5. A quota is a number'],
])('QU8 %j is refused where it is defined', (limits, sentence) => {
  expect(() => defined(limits as never)).toThrow(sentence);
});
