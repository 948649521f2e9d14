/** The smallest Worker: it reads every request and confirms it. */
const reached = () => new Response('reached');

export default {
  fetch: (request: Request): Promise<Response> => request.text().then(reached, reached),
};
