/** The guides' example of a rule over many aggregates: no two members with one e-mail address. */
import { accept, action, command, defineAggregate, defineSteps, event, idOf, reject } from 'ledge';
import * as z from 'zod';

const member = z.strictObject({ member: z.string() });

// #region claim
/** One stream for each address: its id is the address. */
export const emailClaim = defineAggregate({
  name: 'email-claim',
  events: { EmailClaimed: event(member), EmailReleased: event(member) },
  commands: { ClaimEmail: member, ReleaseEmail: member },
  initialState: () => ({ owner: '' }),
  evolve: {
    EmailClaimed: (_state, { data }) => ({ owner: data.member }),
    EmailReleased: () => ({ owner: '' }),
  },
  decide: {
    ClaimEmail: (data, { owner }) => {
      if (owner === data.member) return accept();
      return owner === '' ? accept({ type: 'EmailClaimed', data }) : reject('taken');
    },
    ReleaseEmail: (data, { owner }) =>
      owner === data.member ? accept({ type: 'EmailReleased', data }) : accept(),
  },
});

export const claimId = (email: string) => idOf(email.trim().toLowerCase());
// #endregion

const email = z.strictObject({ email: z.email() });

export const signup = defineAggregate({
  name: 'signup',
  events: {
    SignupRequested: event(email),
    SignupConfirmed: event(z.strictObject({})),
    SignupRefused: event(z.strictObject({ reason: z.string() })),
  },
  commands: {
    RequestSignup: email,
    ConfirmSignup: z.strictObject({}),
    RefuseSignup: z.strictObject({ reason: z.string() }),
  },
  initialState: () => ({ status: 'none' }),
  evolve: {
    SignupRequested: () => ({ status: 'requested' }),
    SignupConfirmed: () => ({ status: 'confirmed' }),
    SignupRefused: () => ({ status: 'refused' }),
  },
  decide: {
    RequestSignup: (data, { status }) =>
      status === 'none' ? accept({ type: 'SignupRequested', data }) : reject('already-requested'),
    ConfirmSignup: (data, { status }) =>
      status === 'requested' ? accept({ type: 'SignupConfirmed', data }) : reject('not-requested'),
    RefuseSignup: (data, { status }) =>
      status === 'requested' ? accept({ type: 'SignupRefused', data }) : accept(),
  },
});

// #region saga
export const claiming = defineSteps({
  name: 'claiming',
  version: 1,
  from: [signup],
  correlate: { signup: { SignupRequested: ({ aggregateId }) => aggregateId } },
  startedBy: {
    signup: { SignupRequested: ({ aggregateId, data }) => ({ member: aggregateId, ...data }) },
  },
  steps: [
    {
      name: 'claim',
      commands: ({ member, email }) => [
        action(command(emailClaim, claimId(email), 'ClaimEmail', { member }), {
          compensation: command(emailClaim, claimId(email), 'ReleaseEmail', { member }),
        }),
      ],
    },
    {
      name: 'confirm',
      commands: ({ member }) => [action(command(signup, member, 'ConfirmSignup', {}))],
    },
  ],
  afterCompensation: ({ member }, reason) => [command(signup, member, 'RefuseSignup', { reason })],
});
// #endregion
