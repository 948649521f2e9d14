// What an import promises of its lines: their order, bounded memory, broken ones named, every fate reported.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { exitCode } from '../../client/cli/import/import-report.ts';
import {
  ascending,
  inputOf,
  line,
  newPath,
  numbered,
  numbersOf,
  Watcher,
} from '../../client/cli/import/testing/inputs.ts';
import { ScriptedPeer } from '../../client/cli/import/testing/scripted-peer.ts';
import { importCommands } from '../../client/cli/import-commands.ts';

const peer = new ScriptedPeer();

beforeAll(() => peer.start());
afterEach(() => peer.forget());
afterAll(() => peer.stop());
