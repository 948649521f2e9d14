/** Notes when a caller that leaves is noticed: by a streamed answer, and by one that is waited for. */
const noticed: string[] = [];

const WAIT_MS = 3_000;

export default {
  async fetch({ url, signal }: Request): Promise<Response> {
    const { pathname } = new URL(url);
    if (pathname === '/noticed') return Response.json(noticed);
    signal.addEventListener('abort', () => noticed.push(pathname));
    return pathname === '/waited' ? waited() : streamed();
  },
};

async function waited(): Promise<Response> {
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  noticed.push('the end of the wait');
  return new Response('done');
}

function streamed(): Response {
  let beat: ReturnType<typeof setInterval>;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const say = () => controller.enqueue(new TextEncoder().encode(': still here\n\n'));
      say();
      beat = setInterval(say, 200);
    },
    cancel: () => clearInterval(beat),
  });
  return new Response(body);
}
