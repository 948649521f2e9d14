/** zod tries whether it may compile its checks, which the page's content security policy forbids. Imported first. */
import { config } from 'zod';

config({ jitless: true });
