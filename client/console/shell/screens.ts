/** The screens, in the order of the navigation: a new one is one line here. */
import type { ComponentType } from 'react';
import { Access } from '../screens/access/access.tsx';
import { Commands } from '../screens/commands/commands.tsx';
import { DeadLetters } from '../screens/dead-letters/dead-letters.tsx';
import { Overview } from '../screens/overview/overview.tsx';
import { Queries } from '../screens/queries/queries.tsx';
import { ReadModels } from '../screens/read-models/read-models.tsx';
import { Sagas } from '../screens/sagas/sagas.tsx';
import { Streams } from '../screens/streams/streams.tsx';

export interface Screen {
  readonly name: string;
  /** Below `/console`. The addresses below it are the screen's own, but for the overview's. */
  readonly path: string;
  readonly component: ComponentType;
}

export const screens: readonly Screen[] = [
  { name: 'Overview', path: '/', component: Overview },
  { name: 'Streams', path: '/streams', component: Streams },
  { name: 'Commands', path: '/commands', component: Commands },
  { name: 'Read models', path: '/read-models', component: ReadModels },
  { name: 'Queries', path: '/queries', component: Queries },
  { name: 'Sagas', path: '/sagas', component: Sagas },
  { name: 'Dead letters', path: '/dead-letters', component: DeadLetters },
  { name: 'Access', path: '/access', component: Access },
];
