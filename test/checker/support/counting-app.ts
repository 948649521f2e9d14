/** A small app for test histories. */
import { defineApp } from '../../../core/app.ts';
import { counter, counts } from '../../e2e/crash/counts.ts';

export const app = defineApp({ aggregates: [counter], projections: [counts(1)] });
