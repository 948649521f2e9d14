/** A page of a feed for the object of a subscription or a consumer group, as CloudEvents whose personal data is sealed. */
import { JOURNAL_START } from '../../../core/plan/journal-position.ts';
import type { ReadFeed } from '../../../durable-objects/index.ts';
import { tenantPositions } from '../../http/shown-positions.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { cloudEvent } from './cloud-event.ts';
import { readPublicationPage } from './read-publication.ts';

export function feedReader({ databases, platform }: Machinery): ReadFeed<LedgeEnv> {
  return async (env, tenant, { publication, types, root }, after, limit) => {
    const { database } = await databases.of(env, tenant);
    const feed = { tenant, publication };
    const page = await readPublicationPage(database, feed, after, limit, types ?? undefined);
    if (!('events' in page)) {
      if (!('hole' in page)) return page;
      const [from, upTo] = page.hole;
      const note = 'a position of a publication is missing';
      platform.log('error', { operation: 'feed', note, after: from, upTo });
      return {};
    }
    const positions = tenantPositions(env, tenant);
    const events = page.events.map((source) => {
      const { stream, position, tag } = source;
      const shown = positions.of({ epoch: page.after.epoch, position, tag });
      const event = cloudEvent(source, shown, root);
      return { id: event.id, stream, position, tag, text: JSON.stringify(event) };
    });
    const upTo = page.after.position === 0 ? JOURNAL_START : page.after;
    return { events, after: upTo, isEnd: page.isEnd };
  };
}
