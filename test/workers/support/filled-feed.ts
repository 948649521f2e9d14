/** A feed of the publication `works` that is written into D1 as batches would have written it, without their commands. */
import type { PublicPageEvent } from '../../../worker/publications/page-event.ts';
import { env } from './harness.ts';

const PAGE_EVENTS = 500;

const APPEND = `
  INSERT INTO publication_page (tenant, publication, first, events, types, journal, published_at, body)
  VALUES ('main', 'works', ?, ?, '["works.worked"]', 0, 0, ?)`;

/** The stream of the event at a position, with the versions of each stream in their order. */
export async function fillFeed(events: number, streamOf: (position: number) => string) {
  const versions = new Map<string, number>();
  const all = Array.from({ length: events }, (_, index): PublicPageEvent => {
    const id = streamOf(index + 1);
    const version = (versions.get(id) ?? 0) + 1;
    versions.set(id, version);
    const data = { id, note: String(version) };
    const time = new Date().toISOString();
    return [`troublesome/${id}`, version, 'works.worked', 1, time, null, data];
  });
  for (let first = 0; first < all.length; first += PAGE_EVENTS) {
    const page = all.slice(first, first + PAGE_EVENTS);
    const values = [first + 1, page.length, JSON.stringify(page)];
    await env.DB.prepare(APPEND)
      .bind(...values)
      .run();
  }
}
