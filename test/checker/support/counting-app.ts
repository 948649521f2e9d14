/** An app small enough to tell stories of. */
import { defineApp } from '../../../core/app.ts';
import { counter, counts } from '../../e2e/crash/counts.ts';

export const app = defineApp({ aggregates: [counter], projections: [counts(1)] });
