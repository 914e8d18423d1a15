// The API, typed: `openapi-fetch` over the paths that the gateway's own description names.
import createClient, { type Client, type Middleware } from 'openapi-fetch';

import type { components, paths } from './schema';

export type Problem = components['schemas']['Problem'];

/** A refusal in the API's own words; `type` is stable, `detail` is for people. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get type(): string {
    return this.problem.type.replace('urn:marquee:', '');
  }
}

export interface Options {
  /** Where the door is; pages of its own need not say. */
  baseUrl?: string;
  /** For apps and televisions, which hold a token of their own; pages have a cookie instead. */
  accessToken?: () => Promise<string>;
}

/** What every request brings: who asks, and for an attempt that makes something a name of its own. */
function identity(accessToken?: () => Promise<string>): Middleware {
  return {
    async onRequest({ request }) {
      if (accessToken) request.headers.set('Authorization', `Bearer ${await accessToken()}`);
      else request.headers.set('X-Marquee-Session', 'cookie');
      if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) {
        request.headers.set('Idempotency-Key', crypto.randomUUID());
      }
      return request;
    },
  };
}

/** Refusals are thrown, so that what a call returns is what it asked for. */
const refusals: Middleware = {
  async onResponse({ response }) {
    if (response.ok || response.status === 304) return undefined;
    throw new ApiError(await problemOf(response));
  },
};

async function problemOf(response: Response): Promise<Problem> {
  if (response.headers.get('Content-Type')?.startsWith('application/problem+json')) {
    return (await response.json()) as Problem;
  }
  const title = response.statusText || 'No answer';
  return { type: 'urn:marquee:unknown', title, status: response.status, detail: title };
}

/** A client of one door. */
export function marquee({ baseUrl, accessToken }: Options = {}): Client<paths> {
  const client = createClient<paths>({ baseUrl });
  client.use(identity(accessToken), refusals);
  return client;
}
