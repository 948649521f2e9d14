/** Describes `/v1/all-subjects/…`. */
import {
  forgottenAgain,
  forgottenPage,
  rewrappedKeys,
} from '../../../core/operator-shapes/all-subjects.ts';
import { commandText } from '../../../core/package-name.ts';
import { allSubjectsInputs } from '../inputs/all-subjects.ts';
import { ofAllTenants } from './of-all-tenants.ts';
import type { Paths } from './operation.ts';

export const allSubjectsPaths: Paths = {
  '/v1/all-subjects/forgotten': {
    post: ofAllTenants('all-subjects.forgotten', commandText('subjects forgotten'), {
      summary: 'Which of these subjects were forgotten, with their receipts',
      input: allSubjectsInputs.forgotten,
      answer: forgottenPage,
    }),
  },
  '/v1/all-subjects/rewrap': {
    post: ofAllTenants('all-subjects.rewrap', commandText('subjects rewrap'), {
      summary: 'Wrap the keys of subjects again, by LEDGE_PERSONAL_KEY',
      input: allSubjectsInputs.rewrap,
      answer: rewrappedKeys,
    }),
  },
  '/v1/all-subjects/forget': {
    post: ofAllTenants('all-subjects.forget', commandText('restore --forgotten'), {
      summary: 'Forget the subjects of a register again, after a restore',
      input: allSubjectsInputs.forget,
      answer: forgottenAgain,
    }),
  },
};
