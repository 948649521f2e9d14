/** The app: everything that it consists of. */
import { defineApp } from 'ledge';
import { deadline } from './deadline/deadline.ts';
import { jar } from './jar/jar.ts';
import { jars } from './jar/jars.ts';

export const app = defineApp({ aggregates: [jar], projections: [jars], sagas: [deadline] });
