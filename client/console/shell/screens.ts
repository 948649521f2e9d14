/** The screens, in the order of the navigation: a new one is one line here. */
import type { ComponentType } from 'react';
import { Commands } from '../screens/commands/commands.tsx';
import { Overview } from '../screens/overview/overview.tsx';
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
];
