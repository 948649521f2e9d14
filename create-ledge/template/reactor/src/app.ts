/** The app: everything that it consists of. */
import { defineApp } from 'ledge';
import { jar } from './jar/jar.ts';
import { jars } from './jar/jars.ts';
import { nextJar } from './next-jar/next-jar.ts';

export const app = defineApp({ aggregates: [jar], projections: [jars], reactors: [nextJar] });
