/**
 * The entrypoint for Workers of the same account, which need no secret: the principal of their requests is in the
 * properties of their binding, and only a deployment of the account can set these.
 */
import { WorkerEntrypoint } from 'cloudflare:workers';
import { trust } from './http/trusted-requests.ts';

/** The entrypoint for service bindings of other Workers, which name the principal in their `props`. */
export type TrustedClass<Env> = new (ctx: ExecutionContext, env: Env) => WorkerEntrypoint<Env>;

export function trustedEntrypoint<Env>(
  answer: (request: Request, env: Env) => Response | Promise<Response>,
): TrustedClass<Env> {
  return class extends WorkerEntrypoint<Env> {
    override async fetch(request: Request): Promise<Response> {
      trust(request, this.ctx.props);
      return answer(request, this.env);
    }
  };
}
