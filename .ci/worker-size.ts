// Holds a Worker's bundle to its limit: what is loaded when it starts, gzipped as the platform counts it.
//
//   node .ci/worker-size.ts dist/dry-run/index.js

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/**
 * Ours: the platform takes 3 MB on its free plan. What is more than this came along unasked, as zod's locales did. It was
 * 205 kB before limits, tenants, the role `public` and what sessions and sockets gained; they take 19 together, and 8 were
 * cut at the same time. Status, alerts, metrics and spans take 7, sealed positions 2, waves of live queries 3, the rest of
 * what growth needs (queues, confirmations, pages) 3, the journal in R2 5, restored objects 4. Quotas, usage and
 * the brake take 5, several databases and their jurisdictions 4, subjects and their receipts 6, export and restore 2, personal
 * fields, their sealing and opening 5, their open columns 3, the import of events and the ends of streams 2, publications
 * and their feed 6, access requests, the register of forgettings and keys wrapped again 5, inbounds 5, subscriptions 13,
 * actions 5, the catalog and the description of messages 5, schedules 5, consumer groups 11, targets, batches and times of
 * subscriptions 3, what the console asks for 1, croner, which only an app with schedules has, 10.
 */
const BYTES_MAX = 342_000;

const [file = ''] = process.argv.slice(2);
const bytes = readFileSync(file);
const gzipped = gzipSync(bytes).length;
console.log(`${file} takes ${kB(gzipped)} gzipped, ${kB(bytes.length)} as it is.`);
if (gzipped > BYTES_MAX) {
  console.error(`That is more than ${kB(BYTES_MAX)}.`);
  process.exitCode = 1;
}

function kB(count: number): string {
  return `${Math.round(count / 1_000)} kB`;
}
