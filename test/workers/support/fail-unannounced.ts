/** Run before each test file: a test one of whose answers the Worker's document does not announce has failed. */
import { afterAll, afterEach, expect } from 'vitest';
import { takeUnannounced } from './held-to-document.ts';

const failUnannounced = () => expect(takeUnannounced(), 'not announced').toEqual([]);

afterEach(failUnannounced);
afterAll(failUnannounced);
