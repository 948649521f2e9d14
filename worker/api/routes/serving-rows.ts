/** Answers with the rows of a read model that the caller may see. Used by the routes of queries and of sagas. */
import type { Context } from 'hono';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { List } from '../../../core/app.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import type { Viewer } from '../../../core/projection/row-scope.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { nextLink } from '../../http/cursor.ts';
import { taggedJson } from '../../http/entity-tag.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { type RouteAnswer, toResponse } from '../../http/routes.ts';
import { readerOf } from '../../http/shown-events.ts';
import { shownBookmarks } from '../../http/shown-positions.ts';
import { shownPersonal } from '../../personal/show-personal.ts';
import { sessionStart, withBookmark } from '../../queries/bookmark.ts';
import { consistentWith } from '../../queries/consistent-with.ts';
import { listInput, listReading, ofList } from '../../queries/list-rows.ts';
import type { Reading } from '../../queries/reading.ts';
import { LastServed, readServing } from '../../queries/serving-version.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { callersProjector } from './callers-projector.ts';

export class ServingRows {
  readonly #machinery: Machinery;
  readonly #lastServed = new LastServed();

  constructor(machinery: Machinery) {
    this.#machinery = machinery;
  }

  /** Brings the read model up to the caller's tokens, reads what serves, and responds with it. */
  async answer<Found>(
    context: Context<ApiTypes>,
    projection: Projection,
    readingOf: (served: Projection) => Reading<Found> | Failure,
    answerOf: (found: Found) => RouteAnswer,
  ): Promise<RouteAnswer> {
    const { headers } = context.req.raw;
    const projector = callersProjector(this.#machinery, context);
    const token = headers.get('consistent-with') ?? undefined;
    const stale = await consistentWith(projector, context.get('caller'), projection, token);
    if (stale) return stale;
    const shown = shownBookmarks(context.env, context.get('caller'), projector.name);
    const start = sessionStart(headers, shown);
    if (typeof start !== 'string') return start;
    const found = await readServing(projector, this.#lastServed, start, projection, readingOf);
    if ('outcome' in found) return found;
    const reader = readerOf(this.#machinery, context.env, context.get('caller'));
    const shownAnswer = await shownPersonal(reader, found.answer);
    const response = toResponse(answerOf(shownAnswer), context.get('basePath'));
    return withBookmark(response, found.bookmark, shown);
  }

  /** A page of a list, as the query string filters and sorts it. */
  page(context: Context<ApiTypes>, list: List, viewer: Viewer): Promise<RouteAnswer> {
    const { url, raw } = context.req;
    const readingOf = ofList(list, (model) => {
      const input = readQuery(url, listInput(model));
      return 'outcome' in input ? input : listReading(viewer, model, input.value);
    });
    return this.answer(context, list.projection, readingOf, (page) => {
      const headers = page.cursor === undefined ? {} : nextLink(url, 'cursor', page.cursor);
      return taggedJson(raw, page, { headers });
    });
  }
}
