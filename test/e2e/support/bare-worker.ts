/** The least that a Worker can be: whatever comes, it reads it and says that it came. */
const reached = () => new Response('reached');

export default {
  fetch: (request: Request): Promise<Response> => request.text().then(reached, reached),
};
