/** `/v1/schedules…`: what the app does at times of the day, for operators of a tenant. Nothing of it may be cached. */
import type { Context } from 'hono';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import { unstored } from '../../http/unstored.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import {
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  runNow,
  type ScheduleAdministration,
  skipTick,
} from '../../schedules/manage-schedules.ts';
import { runTickInput, scheduleOperationInput } from '../inputs/schedules.ts';
import { callersDatabase } from './callers-projector.ts';

export function schedulesRoute(machinery: Machinery): Routes {
  const routes = new Routes();
  const by = (context: Context<ApiTypes>): ScheduleAdministration => {
    const { database } = callersDatabase(machinery, context);
    const { tenant } = context.get('caller');
    return { machinery, env: context.env, database, tenant };
  };

  routes.get('/', async (context) => unstored(await listSchedules(by(context))));

  function operation(
    operationName: string,
    operate: (by: ScheduleAdministration, name: string) => Promise<object | Failure>,
  ): void {
    routes.post(`/:name/${operationName}`, async (context) => {
      const input = await readOperation(context, scheduleOperationInput);
      if ('outcome' in input) return input;
      return unstored(await operate(by(context), context.req.param('name') ?? ''));
    });
  }

  operation('pause', pauseSchedule);
  operation('resume', resumeSchedule);
  operation('skip', skipTick);

  routes.post('/:name/run', async (context) => {
    const input = await readOperation(context, runTickInput);
    if ('outcome' in input) return input;
    const { at } = input.value;
    const atMs = at === undefined ? undefined : Date.parse(at);
    return unstored(await runNow(by(context), context.req.param('name'), atMs));
  });

  return routes;
}
