/** Reads the few fields that a form of ours posts. */
import { type Read, readText, wrongMediaType } from './read-json.ts';

/** Ours: a field or two. */
const FORM_BYTES_MAX = 4_096;

export async function readForm(request: Request): Promise<Read<URLSearchParams>> {
  const mediaType = wrongMediaType(request, 'application/x-www-form-urlencoded');
  if (mediaType) return mediaType;
  const body = await readText(request, FORM_BYTES_MAX);
  return 'outcome' in body ? body : { value: new URLSearchParams(body.value) };
}
