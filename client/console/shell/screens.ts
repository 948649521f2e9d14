/** The screens, in the order of the navigation: a new one is one line here. */
import type { ComponentType } from 'react';
import { Overview } from '../screens/overview/overview.tsx';

export interface Screen {
  readonly name: string;
  /** Below `/console`, as wouter matches it. */
  readonly path: string;
  readonly component: ComponentType;
}

export const screens: readonly Screen[] = [{ name: 'Overview', path: '/', component: Overview }];
